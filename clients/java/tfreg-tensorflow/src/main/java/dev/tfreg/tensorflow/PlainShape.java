package dev.tfreg.tensorflow;

import static java.util.stream.Collectors.joining;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The shape of nested arrays and lists, and their elements in order. */
final class PlainShape {
  private PlainShape() {}

  /** Thrown where rows of one array differ in length; its message says which. */
  static final class RaggedException extends Exception {
    private static final long serialVersionUID = 1L;

    RaggedException(String message) {
      super(message);
    }
  }

  /**
   * Returns the sizes of a value's dimensions, outermost first.
   *
   * @param bytesAreElements whether a {@code byte[]} is one element (a text) rather than a row
   */
  static long[] of(Object value, boolean bytesAreElements) {
    List<Long> dims = new ArrayList<>();
    Object inner = value;
    while (isRow(inner, bytesAreElements)) {
      int length = length(inner);
      dims.add((long) length);
      if (length == 0) {
        addEmpty(inner.getClass().getComponentType(), bytesAreElements, dims);
        break;
      }
      inner = get(inner, 0);
    }
    return dims.stream().mapToLong(Long::longValue).toArray();
  }

  /** Of {@code new float[0][]} the type alone says how many dimensions there are. */
  private static void addEmpty(Class<?> component, boolean bytesAreElements, List<Long> dims) {
    Class<?> type = component;
    while (type != null && type.isArray() && !(bytesAreElements && type == byte[].class)) {
      dims.add(0L);
      type = type.getComponentType();
    }
  }

  /**
   * Calls with each innermost row in order, or with the value if it is a scalar.
   *
   * @throws RaggedException if not all rows of a dimension have the same length
   */
  static void forEachRow(Object value, long[] dims, Consumer<Object> action)
      throws RaggedException {
    forEachRow(value, dims, new int[dims.length], 0, action);
  }

  /**
   * @param at the indices of {@code value}, of which {@code level} count
   */
  private static void forEachRow(
      Object value, long[] dims, int[] at, int level, Consumer<Object> action)
      throws RaggedException {
    if (level == dims.length) {
      action.accept(value);
      return;
    }
    if (value == null || !(value.getClass().isArray() || value instanceof List)) {
      String what = value == null ? "null, not a row as others are" : "no row, as others are";
      throw new RaggedException(place(at, level) + " is " + what);
    }
    if (length(value) != dims[level]) {
      throw new RaggedException(
          String.format(
              "%s has the length %d, others in dimension %d have %d",
              place(at, level), length(value), level, dims[level]));
    }
    if (level == dims.length - 1 && value.getClass().isArray()) {
      action.accept(value);
      return;
    }
    for (int index = 0; index < dims[level]; index++) {
      at[level] = index;
      forEachRow(get(value, index), dims, at, level + 1, action);
    }
  }

  /** Where a row stands, as Java writes it: {@code [2][0]}. */
  private static String place(int[] at, int level) {
    return Arrays.stream(at, 0, level).mapToObj(index -> "[" + index + "]").collect(joining());
  }

  private static boolean isRow(Object value, boolean bytesAreElements) {
    if (value instanceof List) {
      return true;
    }
    return value != null
        && value.getClass().isArray()
        && !(bytesAreElements && value instanceof byte[]);
  }

  private static int length(Object row) {
    return row instanceof List ? ((List<?>) row).size() : Array.getLength(row);
  }

  private static Object get(Object row, int index) {
    return row instanceof List ? ((List<?>) row).get(index) : Array.get(row, index);
  }
}
