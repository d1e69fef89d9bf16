package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.TfregException;
import dev.tfreg.testing.TfregRegistry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Runs by key: what fits is taken, what does not is told, and nothing is read after it is freed.
 */
class RunTest {
  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  private static final int[][] IDS = {{1, 2, 3, 4, 5, 6, 7, 8}};
  private static final int[][] ONES = {{1, 1, 1, 1, 1, 1, 1, 1}};
  private static final Map<String, Object> INPUTS =
      Map.of("input_ids", IDS, "input_mask", ONES, "segment_ids", new int[1][8]);

  private static BoundModel bert;
  private static BoundModel types;

  @BeforeAll
  static void load() {
    bert = load("tf1_saved_model");
    types = load("tf2_bf16_string");
  }

  @AfterAll
  static void close() {
    bert.close();
    types.close();
  }

  private static BoundModel load(String name) {
    return TfregModels.load(
        registry.client(), LoadOptions.builder(Fixtures.push(registry, name)).build());
  }

  private static TfregException failure(Map<String, ?> inputs) {
    return assertThrows(TfregException.class, () -> bert.signature().run(inputs));
  }

  private static Map<String, Object> with(String key, Object value) {
    Map<String, Object> inputs = new java.util.HashMap<>(INPUTS);
    inputs.put(key, value);
    return inputs;
  }

  @Test
  void allOutputsComeByKey() {
    try (Outputs outputs = bert.signature().run(INPUTS)) {
      assertEquals(Set.of("label", "probabilities"), outputs.keys());
      assertEquals(1, outputs.value("label", long[].class).length);
      assertEquals(3, ((float[][]) outputs.value("probabilities"))[0].length);
    }
  }

  @Test
  void onlyWhatIsAskedForIsFetched() {
    try (Outputs outputs = bert.signature().run(INPUTS, List.of("label"))) {
      assertEquals(Set.of("label"), outputs.keys());
      TfregException failure =
          assertThrows(TfregException.class, () -> outputs.value("probabilities"));
      assertEquals("FETCH_NOT_FOUND", failure.reason());
    }
  }

  @Test
  void tensorsAndPlainValuesGiveTheSame() {
    try (Tensor ids = TInt32.tensorOf(StdArrays.ndCopyOf(IDS));
        Outputs byTensor = bert.signature().run(with("input_ids", ids));
        Outputs byArray = bert.signature().run(INPUTS);
        Outputs byList =
            bert.signature().run(with("input_ids", List.of(List.of(1, 2, 3, 4, 5, 6, 7, 8))));
        Outputs byNdArray =
            bert.signature().run(with("input_ids", NdArrays.wrap(Shape.of(1, 8), ints(IDS[0]))))) {
      float[] expected = byTensor.value("probabilities", float[][].class)[0];
      for (Outputs outputs : List.of(byArray, byList, byNdArray)) {
        assertArrayEquals(expected, outputs.value("probabilities", float[][].class)[0]);
      }
      assertEquals(8, ids.shape().size(), "a tensor of the caller's stays open");
    }
  }

  private static org.tensorflow.ndarray.buffer.IntDataBuffer ints(int[] values) {
    return org.tensorflow.ndarray.buffer.DataBuffers.of(values, false, true);
  }

  @Test
  void bytesFillTheShape() {
    ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(IDS[0]);
    try (Outputs byBytes = bert.signature().run(with("input_ids", bytes));
        Outputs byArray = bert.signature().run(INPUTS)) {
      assertArrayEquals(
          byArray.value("probabilities", float[][].class)[0],
          byBytes.value("probabilities", float[][].class)[0]);
    }
    assertEquals("VALUE_INVALID", failure(with("input_ids", ByteBuffer.allocate(30))).reason());
  }

  @Test
  void aWrongShapeNamesKeyAndBothShapes() {
    TfregException failure = failure(with("input_ids", new int[1][7]));
    assertEquals("VALUE_INVALID", failure.reason());
    assertEquals("input_ids", failure.metadata().get("key"));
    assertTrue(failure.getMessage().contains("int32 (?, 8)"), failure.getMessage());
    assertTrue(failure.getMessage().contains("(1, 7)"), failure.getMessage());
  }

  @Test
  void aWrongDtypeNamesBoth() {
    TfregException failure = failure(with("input_ids", new float[1][8]));
    assertEquals("VALUE_INVALID", failure.reason());
    assertTrue(failure.getMessage().contains("float[][]"), failure.getMessage());
    try (Tensor floats = TFloat32.tensorOf(Shape.of(1, 8))) {
      assertEquals("VALUE_INVALID", failure(with("input_ids", floats)).reason());
    }
  }

  @Test
  void rowsOfDifferentLengthAreTold() {
    TfregException failure =
        failure(with("input_ids", new int[][] {{1, 2, 3, 4, 5, 6, 7, 8}, {1}}));
    assertEquals("VALUE_INVALID", failure.reason());
    assertTrue(
        failure.getMessage().contains("[1] has the length 1, others in dimension 1 have 8"),
        failure.getMessage());
  }

  @Test
  void nothingIsRounded() {
    try (Outputs longs = bert.signature().run(with("input_ids", longs(1)))) {
      assertEquals(1, longs.value("label", long[].class).length);
    }
    TfregException failure = failure(with("input_ids", longs(1L << 40)));
    assertEquals("VALUE_INVALID", failure.reason());
    assertTrue(failure.getMessage().contains("1099511627776"), failure.getMessage());
  }

  private static long[][] longs(long value) {
    long[] row = new long[8];
    java.util.Arrays.fill(row, value);
    return new long[][] {row};
  }

  @Test
  void aKeyThatIsNoneSaysWhichWasMeant() {
    TfregException failure = failure(with("input_idz", IDS));
    assertEquals("FEED_NOT_FOUND", failure.reason());
    assertEquals("input_ids", failure.metadata().get("nearest"));
    TfregException output =
        assertThrows(
            TfregException.class, () -> bert.signature().run(INPUTS, List.of("probability")));
    assertEquals("FETCH_NOT_FOUND", output.reason());
    TfregException signature = assertThrows(TfregException.class, () -> bert.signature("serving"));
    assertEquals("SIGNATURE_NOT_FOUND", signature.reason());
    assertTrue(signature.getMessage().contains("serving_default"), signature.getMessage());
  }

  @Test
  void whatIsMissingIsNamed() {
    TfregException failure = failure(Map.of("input_ids", IDS));
    assertEquals("FEED_MISSING", failure.reason());
    assertEquals("input_mask, segment_ids", failure.metadata().get("missing"));
  }

  @Test
  void whatHasADefaultMayBeLeftOut() {
    try (BoundModel model = load("tf1_placeholder_with_default");
        Outputs left = model.signature().run(Map.of("x", new float[2][6]));
        Outputs given =
            model.runner().feed("x", new float[2][6]).feed("is_training:0", false).run()) {
      assertArrayEquals(left.value("y", float[][].class)[0], given.value("y", float[][].class)[0]);
    }
  }

  @Test
  void whatNothingReadsMayBeLeftOut() {
    try (BoundModel model = load("tf2_module_signatures");
        Outputs outputs = model.signature().run(Map.of("x", new float[1][4]))) {
      assertArrayEquals(new int[] {1, 2, 3}, outputs.value("constant", int[].class));
    }
  }

  /** TensorFlow Java refuses to fetch one tensor twice. */
  @Test
  void twoNamesOfOneTensorAreFetchedOnce() {
    try (Outputs outputs =
        bert.runner()
            .feed("input_ids", IDS)
            .feed("input_mask", ONES)
            .feed("segment_ids", new int[1][8])
            .fetch("probabilities")
            .fetch("pred_prob:0")
            .fetch("pred_prob")
            .run()) {
      float[][] first = outputs.value("probabilities", float[][].class);
      assertArrayEquals(first[0], outputs.value("pred_prob:0", float[][].class)[0]);
      assertArrayEquals(first[0], outputs.value("pred_prob", float[][].class)[0]);
    }
  }

  /** TensorFlow Java tells neither which, nor by what name. */
  @Test
  void aTensorThatIsFedTwiceIsNamed() {
    KeyedRunner runner = bert.runner().feed("input_ids", IDS).feed("input_ids:0", ONES);
    TfregException failure = assertThrows(TfregException.class, runner::run);
    assertEquals("FEED_TWICE", failure.reason());
    assertEquals("input_ids:0", failure.metadata().get("tensor"));
  }

  @Test
  void aTensorThatIsFedCanBeFetched() {
    try (Outputs outputs = bert.runner().feed("input_ids", IDS).fetch("input_ids:0").run()) {
      assertArrayEquals(IDS[0], outputs.value("input_ids:0", int[][].class)[0]);
    }
  }

  /** TensorFlow Java reads freed memory. */
  @Test
  void outputsThatAreClosedSaySo() {
    Outputs outputs = bert.signature().run(INPUTS);
    TFloat32 tensor = outputs.tensor("probabilities", TFloat32.class);
    FloatNdArray row = tensor.get(0);
    float expected = tensor.getFloat(0, 1);
    assertEquals(expected, row.getFloat(1));
    float[][] plain = outputs.value("probabilities", float[][].class);
    outputs.close();
    outputs.close();
    for (org.junit.jupiter.api.function.Executable use :
        List.<org.junit.jupiter.api.function.Executable>of(
            () -> outputs.tensor("probabilities"),
            () -> outputs.value("probabilities"),
            () -> tensor.getFloat(0, 1),
            () -> tensor.asRawTensor(),
            () -> row.getFloat(1))) {
      assertEquals("OUTPUTS_CLOSED", assertThrows(TfregException.class, use).reason());
    }
    assertEquals(expected, plain[0][1], "plain values outlive the outputs");
  }

  @Test
  void anOutputCanBeFedAgain() {
    try (Outputs first = bert.runner().feed("input_ids", IDS).fetch("input_ids:0").run();
        Outputs second = bert.signature().run(with("input_ids", first.tensor("input_ids:0")));
        Outputs direct = bert.signature().run(INPUTS)) {
      assertArrayEquals(
          direct.value("probabilities", float[][].class)[0],
          second.value("probabilities", float[][].class)[0]);
    }
  }

  @Test
  void anOutputOfAnotherTypeSaysWhichItIs() {
    try (Outputs outputs = bert.signature().run(INPUTS)) {
      TfregException failure =
          assertThrows(TfregException.class, () -> outputs.value("label", int[].class));
      assertEquals("VALUE_INVALID", failure.reason());
      assertTrue(failure.getMessage().contains("long[].class"), failure.getMessage());
      assertThrows(TfregException.class, () -> outputs.tensor("label", TFloat32.class));
    }
  }

  @Test
  void outputsThatTensorFlowJavaCannotHoldAreLeftOutAndTold() {
    try (Outputs outputs = types.signature().run(Map.of("x", new float[] {1, 2, 3}))) {
      assertFalse(outputs.keys().contains("c"));
      assertEquals(3, outputs.value("fixed", float[].class).length);
      TfregException failure = assertThrows(TfregException.class, () -> outputs.tensor("c"));
      assertTrue(failure.getMessage().contains("complex64"), failure.getMessage());
    }
  }

  @Test
  void whatTensorFlowSaysIsTold() {
    TfregException failure = failure(with("input_ids", new int[][] {{1, 2, 3, 4, 5, 6, 7, 8000}}));
    assertEquals("RUN_FAILED", failure.reason());
    assertTrue(failure.getMessage().contains("8000"), failure.getMessage());
    assertTrue(failure.getCause() != null);
  }

  @Test
  void manyThreadsRunOneModel() throws Exception {
    float[] expected;
    try (Outputs outputs = bert.signature().run(INPUTS)) {
      expected = outputs.value("probabilities", float[][].class)[0];
    }
    SignatureRunner signature = bert.signature();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<?>> runs = new java.util.ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        runs.add(
            threads.submit(
                () -> {
                  start.await();
                  for (int run = 0; run < 50; run++) {
                    try (Outputs outputs = signature.run(INPUTS)) {
                      assertArrayEquals(
                          expected, outputs.value("probabilities", float[][].class)[0]);
                    }
                  }
                  return null;
                }));
      }
      start.countDown();
      for (Future<?> run : runs) {
        run.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Closing it frees nothing: the outputs do, and other keys may stand for the same tensor. */
  @Test
  void closingATensorOfOutputsLeavesThemWhole() {
    try (Outputs outputs = bert.signature().run(INPUTS)) {
      float[] expected = outputs.value("probabilities", float[][].class)[0];
      try (TFloat32 tensor = outputs.tensor("probabilities", TFloat32.class)) {
        assertEquals(expected[0], tensor.getFloat(0, 0));
      }
      assertArrayEquals(expected, outputs.value("probabilities", float[][].class)[0]);
    }
  }

  @Test
  void aTensorThatTheCallerClosedIsNotRead() {
    Tensor closed = TInt32.tensorOf(StdArrays.ndCopyOf(IDS));
    closed.close();
    TfregException failure = failure(with("input_ids", closed));
    assertEquals("RUN_FAILED", failure.reason());
    assertTrue(failure.getMessage().contains("close() was called"), failure.getMessage());
  }

  @Test
  void aTensorMayBeFedTwiceWithTheSameValues() {
    int[][] same = {IDS[0].clone()};
    try (Outputs outputs =
        bert.runner().feed("input_ids", IDS).feed("input_ids:0", same).fetch("input_ids").run()) {
      assertArrayEquals(IDS[0], outputs.value("input_ids", int[][].class)[0]);
    }
  }

  @Test
  void aRunnerRunsAgainWithWhatItWasGiven() {
    KeyedRunner runner = bert.runner();
    INPUTS.forEach(runner::feed);
    try (Outputs first = runner.run();
        Outputs second = runner.run()) {
      assertEquals(first.keys(), second.keys());
    }
  }

  /** Of {@code new int[0][8]} only the 0 is left when the program runs. */
  @Test
  void aBatchOfNothingHasTheSignaturesShape() {
    try (Outputs outputs =
        bert.signature()
            .run(
                Map.of(
                    "input_ids", new int[0][8],
                    "input_mask", new int[0][8],
                    "segment_ids", new int[0][8]))) {
      assertEquals(0, outputs.value("probabilities", float[][].class).length);
      assertEquals(0, outputs.value("label", long[].class).length);
    }
    assertEquals("VALUE_INVALID", failure(with("input_ids", new int[0])).reason());
  }

  /** One thread copies values while another closes the outputs: it has them whole, or is told. */
  @Test
  void valuesAreNotFreedWhileTheyAreCopied() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      for (int round = 0; round < 50; round++) {
        Outputs outputs = bert.signature().run(INPUTS);
        float[] expected = outputs.value("probabilities", float[][].class)[0];
        Future<?> closing = other.submit(outputs::close);
        try {
          assertArrayEquals(expected, outputs.value("probabilities", float[][].class)[0]);
        } catch (TfregException closed) {
          assertEquals("OUTPUTS_CLOSED", closed.reason());
        }
        closing.get(60, TimeUnit.SECONDS);
      }
    } finally {
      other.shutdownNow();
    }
  }
}
