package dev.tfreg.tensorflow;

import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TString;

/** Plain values of tensors: a boxed scalar, or arrays such as {@code float[][]}. */
final class PlainValues {
  private PlainValues() {}

  /**
   * Returns the element of arrays of the type {@code wanted} for a tensor of this rank; null if it
   * does not fit.
   */
  static Class<?> elementOf(Class<?> wanted, int rank, ElementType type) {
    if (wanted == Object.class) {
      return type.javaClass();
    }
    Class<?> element = wanted;
    for (int level = 0; level < rank; level++) {
      if (!element.isArray()) {
        return null;
      }
      element = element.getComponentType();
    }
    boolean isNatural = element == type.javaClass() || (rank == 0 && element == boxed(type));
    if (isNatural) {
      return type.javaClass();
    }
    boolean isBytes =
        (type == ElementType.STRING && element == byte[].class)
            || (type == ElementType.UINT8 && element == byte.class && rank > 0);
    return isBytes ? element : null;
  }

  /** Returns the class of the plain value of a tensor. */
  static Class<?> classOf(int rank, ElementType type) {
    return rank == 0 ? boxed(type) : Array.newInstance(type.javaClass(), new int[rank]).getClass();
  }

  private static Class<?> boxed(ElementType type) {
    return Array.get(Array.newInstance(type.javaClass(), 1), 0) == null
        ? type.javaClass()
        : Array.get(Array.newInstance(type.javaClass(), 1), 0).getClass();
  }

  /**
   * Returns the value of a tensor.
   *
   * @param element as {@link #elementOf} says
   */
  static Object of(Tensor tensor, ElementType type, Class<?> element) {
    int size = Math.toIntExact(tensor.shape().size());
    Object flat = flat(tensor, type, element, size);
    long[] dims = tensor.shape().asArray();
    if (dims.length == 0) {
      return Array.get(flat, 0);
    }
    return dims.length == 1 ? flat : nested(flat, element, dims, 0, new int[1]);
  }

  private static Object nested(Object flat, Class<?> element, long[] dims, int level, int[] next) {
    int length = (int) dims[level];
    if (level == dims.length - 1) {
      Object row = Array.newInstance(element, length);
      System.arraycopy(flat, next[0], row, 0, length);
      next[0] += length;
      return row;
    }
    int[] sizes = new int[dims.length - level];
    sizes[0] = length;
    Object rows = Array.newInstance(element, sizes);
    for (int index = 0; index < length; index++) {
      Array.set(rows, index, nested(flat, element, dims, level + 1, next));
    }
    return rows;
  }

  private static Object flat(Tensor tensor, ElementType type, Class<?> element, int size) {
    if (type == ElementType.STRING) {
      return texts((TString) tensor, element, size);
    }
    if (type == ElementType.FLOAT16 || type == ElementType.BFLOAT16) {
      float[] values = new float[size];
      ((FloatNdArray) tensor).copyTo(DataBuffers.of(values, false, false));
      return values;
    }
    ByteDataBuffer data = tensor.asRawTensor().data();
    switch (type) {
      case FLOAT32:
        float[] floats = new float[size];
        data.asFloats().read(floats);
        return floats;
      case FLOAT64:
        double[] doubles = new double[size];
        data.asDoubles().read(doubles);
        return doubles;
      case INT32:
        int[] ints = new int[size];
        data.asInts().read(ints);
        return ints;
      case INT64:
        long[] longs = new long[size];
        data.asLongs().read(longs);
        return longs;
      case UINT16:
        short[] shorts = new short[size];
        data.asShorts().read(shorts);
        return unsigned(shorts);
      default:
        byte[] bytes = new byte[size];
        data.read(bytes);
        return element == byte.class
            ? bytes
            : type == ElementType.BOOL ? flags(bytes) : unsigned(bytes);
    }
  }

  private static Object texts(TString tensor, Class<?> element, int size) {
    DataBuffer<byte[]> texts = DataBuffers.ofObjects(byte[].class, size);
    NdArray<byte[]> bytes = tensor.asBytes();
    bytes.copyTo(texts);
    Object result = Array.newInstance(element, size);
    for (int index = 0; index < size; index++) {
      byte[] text = texts.getObject(index);
      Array.set(
          result, index, element == byte[].class ? text : new String(text, StandardCharsets.UTF_8));
    }
    return result;
  }

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int index = 0; index < bytes.length; index++) {
      values[index] = Byte.toUnsignedInt(bytes[index]);
    }
    return values;
  }

  private static int[] unsigned(short[] shorts) {
    int[] values = new int[shorts.length];
    for (int index = 0; index < shorts.length; index++) {
      values[index] = Short.toUnsignedInt(shorts[index]);
    }
    return values;
  }

  private static boolean[] flags(byte[] bytes) {
    boolean[] flags = new boolean[bytes.length];
    for (int index = 0; index < bytes.length; index++) {
      flags[index] = bytes[index] != 0;
    }
    return flags;
  }
}
