package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.testing.TfregRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/**
 * Models of every form get into a session, those too at which TensorFlow Java's own loader fails.
 */
class LoadTest {
  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  private static final Map<String, Object> BERT =
      Map.of(
          "input_ids", new int[1][8],
          "input_mask", new int[][] {{1, 1, 1, 1, 1, 0, 0, 0}},
          "segment_ids", new int[1][8]);

  private static BoundModel load(String name) {
    return load(LoadOptions.builder(Fixtures.push(registry, name)));
  }

  private static BoundModel load(LoadOptions.Builder options) {
    return TfregModels.load(registry.client(), options.build());
  }

  private static float[][] run(BoundModel model, Map<String, ?> inputs, String output) {
    try (Outputs outputs = model.signature().run(inputs)) {
      return outputs.value(output, float[][].class);
    }
  }

  @Test
  void aSavedModelOfTensorFlow1() {
    try (BoundModel model = load("tf1_saved_model")) {
      assertEquals(LoadedModel.Route.SAVED_MODEL, model.loaded().route());
      assertEquals(Set.of("serve"), model.loaded().tags());
      assertEquals(1, model.loaded().version());
      float[] row = run(model, BERT, "probabilities")[0];
      assertEquals(1, row[0] + row[1] + row[2], 1e-6);
    }
  }

  @Test
  void whatWasLoadedOnceIsLoadedWithoutARegistryToo(@TempDir Path cache) {
    String reference = Fixtures.push(registry, "tf1_saved_model");
    float[][] expected;
    try (TfregClient online = TfregClient.builder(registry.address()).cacheDir(cache).build();
        BoundModel model = TfregModels.load(online, reference)) {
      expected = run(model, BERT, "probabilities");
    }
    try (TfregClient offline =
            TfregClient.builder(registry.address()).cacheDir(cache).offline(true).build();
        BoundModel model = TfregModels.load(offline, reference)) {
      assertArrayEquals(expected[0], run(model, BERT, "probabilities")[0]);
      TfregException failure =
          assertThrows(TfregException.class, () -> TfregModels.load(offline, "other/model"));
      assertEquals("OFFLINE", failure.reason());
    }
  }

  @Test
  void aSavedModelOfTensorFlow2() {
    try (BoundModel model = load("tf2_keras_export_named")) {
      assertEquals(LoadedModel.Route.SAVED_MODEL, model.loaded().route());
      assertTrue(model.signatureKeys().contains("serving_default"));
    }
  }

  @Test
  void aCheckpointByItsMetaAndAFrozenGraphOfItAgreeWithTheSavedModel() {
    try (BoundModel saved = load("tf1_saved_model");
        BoundModel checkpoint = load("checkpoint_tf1");
        BoundModel frozen = load("frozen_tf1.pb");
        BoundModel text = load("frozen_tf1.pbtxt")) {
      assertEquals(LoadedModel.Route.CHECKPOINT, checkpoint.loaded().route());
      assertEquals(LoadedModel.Route.FROZEN_GRAPH, frozen.loaded().route());
      float[] expected = run(saved, BERT, "probabilities")[0];
      for (BoundModel model : List.of(checkpoint, frozen, text)) {
        assertArrayEquals(expected, run(model, BERT, "pred_prob")[0], 1e-6f);
      }
    }
  }

  @Test
  void aCheckpointOfSeveralFilesAndDevices() {
    try (BoundModel model = load("checkpoint_tf1_sharded");
        Outputs outputs = model.runner().fetch("on_cpu_0").fetch("on_cpu_1:0").run()) {
      assertEquals(LoadedModel.Route.CHECKPOINT, model.loaded().route());
      assertEquals(30, outputs.value("on_cpu_0", float[][].class).length);
      assertEquals(4, outputs.value("on_cpu_1:0", float[][].class)[29].length);
    }
  }

  @Test
  void aCheckpointWhoseGraphSaysNoSaverIsRefusedWithTheWayThatWorks() {
    String model = Fixtures.push(registry, "checkpoint_graph_pbtxt");
    TfregException failure =
        assertThrows(TfregException.class, () -> load(LoadOptions.builder(model)));
    assertEquals("LOAD_FAILED", failure.reason());
    assertTrue(failure.getMessage().contains("frozen_graph"), failure.getMessage());
  }

  /** The loader of TensorFlow Java fills these tables twice, the second time without the file. */
  @Test
  void tablesOfAssetsAreFilledOnce() {
    for (String name : List.of("tf1_assets_table", "tf1_legacy_init_op", "tf2_vocab")) {
      try (BoundModel model = load(name);
          Outputs outputs =
              model.signature().run(Map.of("words", new String[] {"quick", "fox", "else"}))) {
        assertArrayEquals(new long[] {1, 3, 4}, outputs.value("ids", long[].class), name);
      }
    }
  }

  /** The loader of TensorFlow Java fails for the whole model. */
  @Test
  void aSparseInputIsFedByItsComponents() {
    try (BoundModel model = load("tf1_sparse")) {
      Map<String, Object> parts =
          Map.of(
              "values", new float[] {1f, 1f},
              "indices", new long[][] {{0, 1}, {1, 3}},
              "dense_shape", new long[] {2, 5});
      float[][] nested = run(model, Map.of("x", parts), "y");
      float[][] flat =
          run(
              model,
              Map.of(
                  "x/values", parts.get("values"),
                  "x/indices", parts.get("indices"),
                  "x/dense_shape", parts.get("dense_shape")),
              "y");
      assertEquals(2, nested.length);
      assertArrayEquals(nested[0], flat[0]);
      assertArrayEquals(nested[1], flat[1]);
    }
  }

  @Test
  void aRaggedOutputIsFetchedByItsComponentsOfWhichOneIsFedItself() {
    try (BoundModel model = load("saved_model_composite");
        Outputs outputs =
            model
                .signature()
                .run(
                    Map.of(
                        "words",
                        Map.of(
                            "flat_values", new int[] {5, 6, 7},
                            "row_splits_0", new long[] {0, 2, 3})))) {
      assertArrayEquals(new int[] {10, 12, 14}, outputs.value("doubled/flat_values", int[].class));
      assertArrayEquals(new long[] {0, 2, 3}, outputs.value("doubled/row_splits_0", long[].class));
      assertArrayEquals(new long[] {2, 1}, outputs.value("lengths", long[].class));
      TfregException failure = assertThrows(TfregException.class, () -> outputs.value("doubled"));
      assertEquals("NOT_ONE_TENSOR", failure.reason());
      assertTrue(failure.getMessage().contains("doubled/flat_values"), failure.getMessage());
    }
  }

  @Test
  void theTagSetIsTheOneThatWasAskedFor() {
    String model = Fixtures.push(registry, "tf1_multi_tag");
    try (BoundModel gpu = load(LoadOptions.builder(model).tags("serve", "gpu"));
        BoundModel serve = load(LoadOptions.builder(model))) {
      assertEquals(Set.of("serve", "gpu"), gpu.loaded().tags());
      assertEquals("gpu_tower/x", gpu.signature().binding().feed("x").operation());
      float[][] x = {{1, 2, 3, 4}};
      assertArrayEquals(run(serve, Map.of("x", x), "y")[0], run(gpu, Map.of("x", x), "y")[0], 0f);
    }
  }

  @Test
  void graphsForAGpuRunWithoutOne() {
    try (BoundModel model = load("frozen_whole_training.pb")) {
      assertEquals(LoadedModel.Route.FROZEN_GRAPH, model.loaded().route());
      assertTrue(model.signatureKeys().size() > 0);
    }
  }

  /** TensorFlow Java runs what is so named before the first run, and fails: nothing is fed then. */
  @Test
  void operationsWhoseNamesBeginWithInitAreOperationsLikeOthers() throws Exception {
    Path file = Files.createTempDirectory("graph").resolve("graph.pb");
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> state = tf.withName("InitialState").placeholder(TFloat32.class);
      tf.withSubScope("Initial").withName("double").math.add(state, state);
      Files.write(file, graph.toGraphDef().toByteArray());
    }
    registry.push("team/initial", file);
    try (BoundModel model = load(LoadOptions.builder("team/initial"));
        Outputs outputs = model.runner().feed("InitialState", 3f).fetch("Initial/double:0").run()) {
      assertEquals(6f, outputs.value("Initial/double:0"));
    } finally {
      Files.delete(file);
      Files.delete(file.getParent());
    }
  }

  @Test
  void aFormatThatIsNotLoadedIsRefusedWithTheFormatsThatAre() {
    String model = Fixtures.push(registry, "same_keras_h5.h5");
    TfregException failure =
        assertThrows(
            TfregException.class, () -> load(LoadOptions.builder(model).formats("keras_h5")));
    assertTrue(
        List.of("FORMAT_NOT_LOADABLE", "NO_GRAPH").contains(failure.reason()), failure.toString());
  }

  @Test
  void aClosedModelSaysThatItIsClosed() {
    BoundModel model = load("frozen_tf1.pb");
    SignatureRunner signature = model.signature();
    model.close();
    model.close();
    TfregException failure = assertThrows(TfregException.class, () -> signature.run(BERT));
    assertEquals("MODEL_CLOSED", failure.reason());
  }

  /** What {@code SavedModelBundle.loader(..).withConfigProto} is given. */
  @Test
  void theSessionIsSetUpAsAsked() throws Exception {
    Path file = Files.createTempDirectory("graph").resolve("graph.pb");
    DeviceSpec far =
        DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.GPU).deviceIndex(77).build();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph).withDevice(far);
      Operand<TFloat32> x = tf.withName("x").placeholder(TFloat32.class);
      tf.withName("doubled").math.add(x, x);
      Files.write(file, graph.toGraphDef().toByteArray());
    }
    registry.push("team/far", file);
    LoadOptions.Builder hard =
        LoadOptions.builder("team/far").configProto(ConfigProto.getDefaultInstance());
    try (BoundModel soft = load(LoadOptions.builder("team/far"));
        BoundModel placed = load(hard)) {
      try (Outputs outputs = soft.runner().feed("x", 3f).fetch("doubled").run()) {
        assertEquals(6f, outputs.value("doubled"));
      }
      KeyedRunner runner = placed.runner().feed("x", 3f).fetch("doubled");
      TfregException failure = assertThrows(TfregException.class, runner::run);
      assertEquals("RUN_FAILED", failure.reason());
      assertTrue(failure.getMessage().contains("GPU:77"), failure.getMessage());
    } finally {
      Files.delete(file);
      Files.delete(file.getParent());
    }
  }
}
