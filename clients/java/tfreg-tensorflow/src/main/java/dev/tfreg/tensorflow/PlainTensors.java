package dev.tfreg.tensorflow;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TString;

/**
 * Makes tensors of plain values: boxed scalars, arrays and lists of them, NdArrays. Nothing is
 * rounded, but for the floats that stand for the floats of 16 bits.
 */
final class PlainTensors {
  private PlainTensors() {}

  /** Thrown where a value does not fit; its message is a clause that says why. */
  static final class UnfitException extends Exception {
    private static final long serialVersionUID = 1L;

    UnfitException(String message) {
      super(message);
    }
  }

  /** Returns the sizes of the dimensions of a plain value. */
  static long[] dims(Object value, ElementType type) {
    return value instanceof NdArray
        ? ((NdArray<?>) value).shape().asArray()
        : PlainShape.of(value, type == ElementType.STRING);
  }

  /** Returns a tensor of a plain value whose dimensions are {@code dims}. */
  static Tensor of(Object value, long[] dims, ElementType type) throws UnfitException {
    try {
      return type == ElementType.STRING ? texts(value, dims) : numbers(value, dims, type);
    } catch (UnfitElement unfit) {
      throw new UnfitException(unfit.getMessage());
    } catch (PlainShape.RaggedException ragged) {
      throw new UnfitException(ragged.getMessage());
    }
  }

  /** Returns a tensor of the bytes of its elements, little-endian. */
  static Tensor ofBytes(ByteBuffer bytes, long[] dims, ElementType type) {
    byte[] content = new byte[bytes.remaining()];
    bytes.duplicate().get(content);
    return tensor(content, dims, type);
  }

  private static Tensor tensor(byte[] content, long[] dims, ElementType type) {
    return Tensor.of(type.tensorClass(), Shape.of(dims), DataBuffers.of(content, true, false));
  }

  private static Tensor numbers(Object value, long[] dims, ElementType type)
      throws UnfitException, PlainShape.RaggedException {
    boolean short16 = type == ElementType.FLOAT16 || type == ElementType.BFLOAT16;
    ElementType written = short16 ? ElementType.FLOAT32 : type;
    byte[] content = new byte[sizeBytes(dims, written)];
    ByteBuffer out = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    if (value instanceof NdArray) {
      ((NdArray<?>) value).scalars().forEach(one -> put(out, one.getObject(), written));
    } else {
      PlainShape.forEachRow(value, dims, row -> putRow(out, row, written));
    }
    return short16 ? rounded(out, dims, type) : tensor(content, dims, type);
  }

  private static int sizeBytes(long[] dims, ElementType type) throws UnfitException {
    long sizeBytes = type.sizeBytes();
    for (long dim : dims) {
      sizeBytes = Math.multiplyExact(sizeBytes, dim);
    }
    if (sizeBytes > Integer.MAX_VALUE - 8) {
      throw new UnfitException("arrays of more than 2 GiB are to be given as tensors");
    }
    return (int) sizeBytes;
  }

  private static Tensor rounded(ByteBuffer floats, long[] dims, ElementType type) {
    floats.flip();
    float[] values = new float[floats.remaining() / 4];
    floats.asFloatBuffer().get(values);
    FloatDataBuffer data = DataBuffers.of(values, true, false);
    return type == ElementType.FLOAT16
        ? TFloat16.tensorOf(Shape.of(dims), data)
        : TBfloat16.tensorOf(Shape.of(dims), data);
  }

  private static Tensor texts(Object value, long[] dims) throws PlainShape.RaggedException {
    List<byte[]> texts = new ArrayList<>();
    if (value instanceof NdArray) {
      ((NdArray<?>) value).scalars().forEach(one -> texts.add(text(one.getObject())));
    } else {
      PlainShape.forEachRow(value, dims, row -> addTexts(texts, row));
    }
    byte[][] content = texts.toArray(new byte[0][]);
    return TString.tensorOfBytes(Shape.of(dims), DataBuffers.ofObjects(content));
  }

  private static void addTexts(List<byte[]> texts, Object row) {
    if (row instanceof Object[]) {
      for (Object element : (Object[]) row) {
        texts.add(text(element));
      }
    } else {
      texts.add(text(row));
    }
  }

  private static byte[] text(Object element) {
    if (element instanceof byte[]) {
      return (byte[]) element;
    }
    if (element instanceof String) {
      return ((String) element).getBytes(StandardCharsets.UTF_8);
    }
    throw new UnfitElement(element, ElementType.STRING);
  }

  private static void putRow(ByteBuffer out, Object row, ElementType type) {
    if (row instanceof float[] && type == ElementType.FLOAT32) {
      float[] values = (float[]) row;
      out.asFloatBuffer().put(values);
      out.position(out.position() + 4 * values.length);
    } else if (row instanceof int[] && type == ElementType.INT32) {
      int[] values = (int[]) row;
      out.asIntBuffer().put(values);
      out.position(out.position() + 4 * values.length);
    } else if (row instanceof int[] && type == ElementType.INT64) {
      for (int value : (int[]) row) {
        out.putLong(value);
      }
    } else if (row instanceof long[] && type == ElementType.INT64) {
      long[] values = (long[]) row;
      out.asLongBuffer().put(values);
      out.position(out.position() + 8 * values.length);
    } else if (row instanceof double[] && type == ElementType.FLOAT64) {
      double[] values = (double[]) row;
      out.asDoubleBuffer().put(values);
      out.position(out.position() + 8 * values.length);
    } else if (row instanceof byte[] && type == ElementType.UINT8) {
      out.put((byte[]) row); // pictures: the bits are what is meant, Java's sign is not
    } else {
      putElements(out, row, type);
    }
  }

  private static void putElements(ByteBuffer out, Object row, ElementType type) {
    if (row == null || !row.getClass().isArray()) {
      put(out, row, type);
      return;
    }
    int length = Array.getLength(row);
    for (int index = 0; index < length; index++) {
      put(out, Array.get(row, index), type);
    }
  }

  private static void put(ByteBuffer out, Object element, ElementType type) {
    boolean isFloating = element instanceof Float || element instanceof Double;
    boolean isInteger =
        element instanceof Integer
            || element instanceof Long
            || element instanceof Short
            || element instanceof Byte;
    if (type == ElementType.BOOL && element instanceof Boolean) {
      out.put((byte) ((Boolean) element ? 1 : 0));
    } else if (type == ElementType.FLOAT32 && (isFloating || isInteger)) {
      out.putFloat(asFloat((Number) element));
    } else if (type == ElementType.FLOAT64 && (isFloating || isInteger)) {
      out.putDouble(asDouble((Number) element));
    } else if (type == ElementType.UINT8 && element instanceof Byte) {
      out.put((Byte) element); // as in a byte[]
    } else if (isInteger && type.javaClass() != boolean.class) {
      putInteger(out, ((Number) element).longValue(), type);
    } else {
      throw new UnfitElement(element, type);
    }
  }

  private static float asFloat(Number element) {
    float value = element.floatValue();
    boolean exact =
        element instanceof Float
            || (element instanceof Double
                ? Double.compare(value, element.doubleValue()) == 0
                : (double) value == element.doubleValue() && isExact(element));
    if (!exact) {
      throw new UnfitElement(element, ElementType.FLOAT32);
    }
    return value;
  }

  private static double asDouble(Number element) {
    if (element instanceof Long && !isExact(element)) {
      throw new UnfitElement(element, ElementType.FLOAT64);
    }
    return element.doubleValue();
  }

  /** Whether an integer is the same number as a double. */
  private static boolean isExact(Number integer) {
    long value = integer.longValue();
    return value != Long.MAX_VALUE && (long) (double) value == value;
  }

  private static void putInteger(ByteBuffer out, long value, ElementType type) {
    if (type == ElementType.INT64) {
      out.putLong(value);
    } else if (type == ElementType.INT32 && value == (int) value) {
      out.putInt((int) value);
    } else if (type == ElementType.UINT8 && value == (value & 0xff)) {
      out.put((byte) value);
    } else if (type == ElementType.UINT16 && value == (value & 0xffff)) {
      out.putShort((short) value);
    } else {
      throw new UnfitElement(value, type);
    }
  }

  /** Carries {@link UnfitException} through lambdas. */
  private static final class UnfitElement extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnfitElement(Object element, ElementType type) {
      super(
          element == null
              ? "it holds null"
              : String.format(
                  "%s %s is not exactly a %s",
                  element.getClass().getSimpleName(),
                  element instanceof Number || element instanceof Boolean ? element : "value",
                  type));
    }
  }
}
