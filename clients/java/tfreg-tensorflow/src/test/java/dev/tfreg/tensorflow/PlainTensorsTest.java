package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.ByteNdArray;
import org.tensorflow.ndarray.NdArrays;

/** Plain values become tensors and come back as they were, or are refused with the reason. */
class PlainTensorsTest {
  private static Object throughTensor(Object value, ElementType type, Class<?> wanted)
      throws PlainTensors.UnfitException {
    try (Tensor tensor = PlainTensors.of(value, PlainTensors.dims(value, type), type)) {
      int rank = tensor.shape().numDimensions();
      Class<?> element = PlainValues.elementOf(wanted, rank, type);
      return PlainValues.of(tensor, type, element);
    }
  }

  private static String refused(Object value, ElementType type) {
    return assertThrows(
            PlainTensors.UnfitException.class, () -> throughTensor(value, type, Object.class))
        .getMessage();
  }

  static Stream<Arguments> same() {
    return Stream.of(
        Arguments.of(new float[] {1, Float.NaN, -0f, Float.MIN_VALUE, -3e38f}, ElementType.FLOAT32),
        Arguments.of(
            new double[][] {{1e300, Double.NaN}, {-0.0, Double.MIN_VALUE}}, ElementType.FLOAT64),
        Arguments.of(new float[] {1, 0.5f, -2, Float.NaN, 65504}, ElementType.FLOAT16),
        Arguments.of(new float[][] {{1, 0.5f}, {-256, Float.NaN}}, ElementType.BFLOAT16),
        Arguments.of(new int[][][] {{{1, Integer.MIN_VALUE}}, {{3, 4}}}, ElementType.INT32),
        Arguments.of(new long[] {Long.MIN_VALUE, -1, Long.MAX_VALUE}, ElementType.INT64),
        Arguments.of(new int[] {0, 127, 128, 255}, ElementType.UINT8),
        Arguments.of(new int[][] {{0}, {65535}}, ElementType.UINT16),
        Arguments.of(new boolean[][] {{true, false}}, ElementType.BOOL),
        Arguments.of(new String[][] {{"", "Größe"}, {"\ud83d\ude00", "a\0b"}}, ElementType.STRING),
        Arguments.of(1.5f, ElementType.FLOAT32),
        Arguments.of(-7L, ElementType.INT64),
        Arguments.of(255, ElementType.UINT8),
        Arguments.of(true, ElementType.BOOL),
        Arguments.of("text", ElementType.STRING));
  }

  @ParameterizedTest
  @MethodSource("same")
  void aValueComesBackAsItWas(Object value, ElementType type) throws Exception {
    Object back = throughTensor(value, type, Object.class);
    assertEquals(value.getClass(), back.getClass());
    assertTrue(Arrays.deepEquals(new Object[] {value}, new Object[] {back}));
  }

  static Stream<Arguments> empty() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                Stream.of(new int[] {0}, new int[] {0, 0}, new int[] {3, 0}, new int[] {2, 0, 0})
                    .map(dims -> java.lang.reflect.Array.newInstance(type.javaClass(), dims))
                    .map(value -> Arguments.of(value, type)));
  }

  @ParameterizedTest
  @MethodSource("empty")
  void anArrayWithoutElementsKeepsItsShape(Object value, ElementType type) throws Exception {
    Object back = throughTensor(value, type, Object.class);
    assertTrue(Arrays.deepEquals(new Object[] {value}, new Object[] {back}));
  }

  @Test
  void textsMayBeAnyBytes() throws Exception {
    byte[][] bytes = {{(byte) 0xff, 0, 1}, {}};
    byte[][] back = (byte[][]) throughTensor(bytes, ElementType.STRING, byte[][].class);
    assertArrayEquals(bytes[0], back[0]);
    assertArrayEquals(bytes[1], back[1]);
    assertArrayEquals(
        bytes[0], (byte[]) throughTensor(bytes[0], ElementType.STRING, byte[].class), "a scalar");
  }

  @Test
  void bytesArePicturesWhoseBitsCount() throws Exception {
    byte[] bits = {0, 127, -128, -1};
    ByteNdArray array = NdArrays.vectorOf(bits);
    for (Object given :
        List.of(bits, array, List.of((byte) 0, (byte) 127, (byte) -128, (byte) -1))) {
      int[] back = (int[]) throughTensor(given, ElementType.UINT8, int[].class);
      assertArrayEquals(new int[] {0, 127, 128, 255}, back);
    }
    assertArrayEquals(bits, (byte[]) throughTensor(bits, ElementType.UINT8, byte[].class));
  }

  @Test
  void numbersOfAnotherTypeAreTakenWhereTheyAreTheSame() throws Exception {
    assertArrayEquals(
        new long[] {1, -2},
        (long[]) throughTensor(new int[] {1, -2}, ElementType.INT64, long[].class));
    assertArrayEquals(
        new float[] {1, 2},
        (float[]) throughTensor(new int[] {1, 2}, ElementType.FLOAT32, float[].class));
    assertArrayEquals(
        new float[] {0.5f, Float.NaN},
        (float[])
            throughTensor(new double[] {0.5, Double.NaN}, ElementType.FLOAT32, float[].class));
    assertArrayEquals(
        new int[][] {{1}, {2}},
        (int[][])
            throughTensor(List.of(List.of(1L), List.of(2L)), ElementType.INT32, int[][].class));
  }

  @Test
  void numbersThatWouldChangeAreRefused() {
    assertTrue(refused(new long[] {1L << 40}, ElementType.INT32).contains("1099511627776"));
    assertTrue(refused(new double[] {0.1}, ElementType.FLOAT32).contains("0.1"));
    assertTrue(refused(new int[] {16777217}, ElementType.FLOAT32).contains("16777217"));
    assertTrue(refused(new long[] {Long.MAX_VALUE}, ElementType.FLOAT64).contains("float64"));
    assertTrue(refused(new int[] {256}, ElementType.UINT8).contains("256"));
    assertTrue(refused(-1, ElementType.UINT16).contains("-1"));
    assertTrue(refused(1.0f, ElementType.INT32).contains("int32"));
    assertTrue(refused(1, ElementType.BOOL).contains("bool"));
    assertTrue(refused(true, ElementType.FLOAT32).contains("true"));
    assertTrue(refused(3, ElementType.STRING).contains("string"));
    assertTrue(refused(new Integer[] {1, null}, ElementType.INT32).contains("null"));
  }

  @Test
  void arraysThatAreNoBoxesAreRefusedWithThePlace() {
    assertEquals(
        "[1] has the length 1, others in dimension 1 have 2",
        refused(new int[][] {{1, 2}, {3}}, ElementType.INT32));
    assertEquals(
        "[1][0] has the length 3, others in dimension 2 have 1",
        refused(new String[][][] {{{"a"}}, {{"a", "b", "c"}}}, ElementType.STRING));
    assertEquals(
        "[1] has the length 1, others in dimension 1 have 0",
        refused(new float[][] {{}, {1}}, ElementType.FLOAT32));
    assertEquals(
        "[1] is null, not a row as others are",
        refused(new float[][] {{1}, null}, ElementType.FLOAT32));
    assertEquals(
        "[1] is no row, as others are", refused(List.of(List.of(1), 2), ElementType.INT32));
  }
}
