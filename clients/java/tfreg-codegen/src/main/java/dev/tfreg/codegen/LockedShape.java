package dev.tfreg.codegen;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A shape in a lock file.
 *
 * @param unknownRank whether not even the number of dimensions is known
 * @param dims the size of each dimension, outermost first; {@link #UNKNOWN} where it is not known
 */
public record LockedShape(boolean unknownRank, List<Long> dims) {
  /** The size of a dimension that is not known. */
  public static final long UNKNOWN = -1;

  /** Copies the dimensions. */
  public LockedShape {
    dims = List.copyOf(dims);
  }

  /** Returns the shape of these dimensions; none: a scalar. */
  public static LockedShape of(List<Long> dims) {
    return new LockedShape(false, dims);
  }

  /** Returns the shape of unknown rank. */
  public static LockedShape ofUnknownRank() {
    return new LockedShape(true, List.of());
  }

  /** Returns it as TensorFlow writes it, such as {@code (?, 128)}; {@code <unknown>}. */
  @Override
  public String toString() {
    return unknownRank
        ? "<unknown>"
        : dims.stream()
            .map(dim -> dim == UNKNOWN ? "?" : dim.toString())
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
