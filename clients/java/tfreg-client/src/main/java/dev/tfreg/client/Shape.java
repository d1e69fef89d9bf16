package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.stream.Collectors;

/** A tensor's shape: fully known, partly known, or not known at all. */
@AutoValue
public abstract class Shape {
  /** The size of a dimension that is not known. */
  public static final long UNKNOWN = -1;

  Shape() {}

  /** Returns the shape of these dimensions, outermost first; none: a scalar. */
  public static Shape of(List<Long> dims) {
    return new AutoValue_Shape(false, List.copyOf(dims));
  }

  /** Returns the shape of which not even the number of dimensions is known. */
  public static Shape ofUnknownRank() {
    return new AutoValue_Shape(true, List.of());
  }

  /** Whether not even the number of dimensions is known. */
  public abstract boolean unknownRank();

  /** Size of each dimension, outermost first; {@link #UNKNOWN} where it is not known. */
  public abstract List<Long> dims();

  /** Returns it as TensorFlow writes it, such as {@code (?, 28, 28, 1)}; {@code <unknown>}. */
  @Override
  public final String toString() {
    return unknownRank()
        ? "<unknown>"
        : dims().stream()
            .map(dim -> dim == UNKNOWN ? "?" : dim.toString())
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
