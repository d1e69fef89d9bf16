package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** A stored tensor, or a box of it, to be read. */
@AutoValue
public abstract class TensorSelection {
  TensorSelection() {}

  /**
   * Selects a whole tensor.
   *
   * @param name its name, its path, or the name of a partitioned variable
   */
  public static TensorSelection of(String name) {
    return box(name, List.of(), List.of());
  }

  /**
   * Selects a box of a tensor.
   *
   * @param begin where it starts in each dimension; missing ones start at 0
   * @param size its size in each dimension; -1 or missing: to the end
   */
  public static TensorSelection box(String name, List<Long> begin, List<Long> size) {
    return new AutoValue_TensorSelection(name, List.copyOf(begin), List.copyOf(size));
  }

  /** The tensor's name, its path, or the name of a partitioned variable. */
  public abstract String name();

  /** Where the box starts in each dimension; missing ones start at 0. */
  public abstract List<Long> begin();

  /** Size of the box in each dimension; -1 or missing: to the end. */
  public abstract List<Long> size();
}
