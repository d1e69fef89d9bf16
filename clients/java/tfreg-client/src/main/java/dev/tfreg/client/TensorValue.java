package dev.tfreg.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The value of a tensor: elements in row-major order. Immutable. */
public final class TensorValue {
  private static final Set<String> BYTES =
      Set.of("int8", "uint8", "int4", "uint4", "int2", "uint2", "qint8", "quint8");

  private final String name;
  private final String dtype;
  private final Shape shape;
  private final ByteBuffer bytes;
  private final int count;

  /**
   * Keeps a value.
   *
   * @param bytes elements in row-major order, little-endian; a string is its length as 8 bytes,
   *     then its bytes
   */
  TensorValue(String name, String dtype, Shape shape, ByteBuffer bytes) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    this.count = Math.toIntExact(shape.dims().stream().reduce(1L, Math::multiplyExact));
  }

  /** The tensor's name as the artifact has it. */
  public String name() {
    return name;
  }

  /** Element type, such as {@code float32}. */
  public String dtype() {
    return dtype;
  }

  /** Shape of what was selected. */
  public Shape shape() {
    return shape;
  }

  /**
   * The elements, read-only and little-endian, for {@code Tensor.of(type, shape, buffer)} and the
   * like. A string element is its length as 8 bytes, then its bytes; int4 and uint4 are a byte
   * each.
   */
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The elements of a float32, float16 or bfloat16 tensor. */
  public float[] floats() {
    float[] elements = new float[count];
    ByteBuffer left = bytes();
    switch (dtype) {
      case "float32":
        left.asFloatBuffer().get(elements);
        return elements;
      case "bfloat16":
        for (int index = 0; index < count; index++) {
          elements[index] = Float.intBitsToFloat(left.getShort() << 16);
        }
        return elements;
      case "float16":
        for (int index = 0; index < count; index++) {
          elements[index] = HalfFloats.toFloat(left.getShort());
        }
        return elements;
      default:
        throw notOf("floats");
    }
  }

  /** The elements of a float64 tensor. */
  public double[] doubles() {
    double[] elements = new double[count];
    check("doubles", "float64");
    bytes().asDoubleBuffer().get(elements);
    return elements;
  }

  /** The elements of an int32 or uint32 tensor; the latter's bits. */
  public int[] ints() {
    int[] elements = new int[count];
    check("ints", "int32", "uint32", "qint32");
    bytes().asIntBuffer().get(elements);
    return elements;
  }

  /** The elements of an int64 or uint64 tensor; the latter's bits. */
  public long[] longs() {
    long[] elements = new long[count];
    check("longs", "int64", "uint64");
    bytes().asLongBuffer().get(elements);
    return elements;
  }

  /** The elements of an int16 or uint16 tensor; the latter's bits. */
  public short[] shorts() {
    short[] elements = new short[count];
    check("shorts", "int16", "uint16", "qint16", "quint16");
    bytes().asShortBuffer().get(elements);
    return elements;
  }

  /** The elements of a tensor of 8-bit or smaller integers, or the bits of float8, a byte each. */
  public byte[] int8s() {
    if (!BYTES.contains(dtype) && !dtype.startsWith("float8")) {
      throw notOf("int8s");
    }
    byte[] elements = new byte[count];
    bytes().get(elements);
    return elements;
  }

  /** The elements of a bool tensor. */
  public boolean[] booleans() {
    check("booleans", "bool");
    boolean[] elements = new boolean[count];
    ByteBuffer left = bytes();
    for (int index = 0; index < count; index++) {
      elements[index] = left.get() != 0;
    }
    return elements;
  }

  /** The elements of a string tensor as UTF-8 text. */
  public List<String> strings() {
    return byteStrings().stream()
        .map(element -> new String(element, StandardCharsets.UTF_8))
        .collect(Collectors.toUnmodifiableList());
  }

  /** The elements of a string tensor as they are; TensorFlow's strings are any bytes. */
  public List<byte[]> byteStrings() {
    check("byteStrings", "string");
    byte[][] elements = new byte[count][];
    ByteBuffer left = bytes();
    for (int index = 0; index < count; index++) {
      elements[index] = new byte[Math.toIntExact(left.getLong())];
      left.get(elements[index]);
    }
    return List.of(elements);
  }

  @Override
  public String toString() {
    return name + ": " + dtype + " " + shape;
  }

  private void check(String method, String... allowed) {
    if (!List.of(allowed).contains(dtype)) {
      throw notOf(method);
    }
  }

  private TfregException notOf(String method) {
    String hint = "bytes() gives any value; the method by dtype stands in the documentation.";
    return new TfregException(
        TfregException.Kind.FAILED_PRECONDITION,
        "DTYPE_MISMATCH",
        "'" + name + "' is " + dtype + ", which " + method + "() does not give. " + hint,
        Map.of("tensor", name, "dtype", dtype, "hint", hint));
  }
}
