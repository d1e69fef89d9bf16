package dev.tfreg.codegen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.tensorflow.BoundModel;
import dev.tfreg.tensorflow.LoadOptions;
import dev.tfreg.tensorflow.Outputs;
import dev.tfreg.tensorflow.TfregModels;
import dev.tfreg.testing.TfregRegistry;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Classes generated from what {@code tfreg lock} writes, compiled together with code of a user,
 * running real models.
 */
class GeneratedStubTest {
  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  private static final Path MODELS = Path.of("../../../tests/fixtures/models");
  private static final int[][] IDS = {{1, 2, 3, 4, 5, 6, 7, 8}};
  private static final int[][] MASK = {{1, 1, 1, 1, 1, 1, 0, 0}};
  private static final int[][] SEGMENTS = {{0, 0, 0, 1, 1, 1, 1, 1}};

  @TempDir static Path folder;

  private static URLClassLoader classes;

  /** Code of a user against the generated classes. */
  private static final String CALLERS =
      """
      package com.acme;

      import dev.tfreg.tensorflow.BoundModel;
      import java.util.List;
      import java.util.function.Function;
      import org.tensorflow.ndarray.StdArrays;
      import org.tensorflow.types.TFloat32;
      import org.tensorflow.types.TInt32;

      final class Callers {
        private Callers() {}

        static final class Plain implements Function<BoundModel, Object> {
          @Override
          public Object apply(BoundModel model) {
            int[][] ids = {{1, 2, 3, 4, 5, 6, 7, 8}};
            int[][] mask = {{1, 1, 1, 1, 1, 1, 0, 0}};
            int[][] segments = {{0, 0, 0, 1, 1, 1, 1, 1}};
            BertServingDefault signature = BertServingDefault.of(model);
            try (BertServingDefault.Result result = signature.run(ids, mask, segments)) {
              return result.probabilitiesValue();
            }
          }
        }

        static final class Tensors implements Function<BoundModel, Object> {
          @Override
          public Object apply(BoundModel model) {
            int[][] ids = {{1, 2, 3, 4, 5, 6, 7, 8}};
            int[][] mask = {{1, 1, 1, 1, 1, 1, 0, 0}};
            int[][] segments = {{0, 0, 0, 1, 1, 1, 1, 1}};
            BertServingDefault signature = BertServingDefault.of(model);
            try (TInt32 first = TInt32.tensorOf(StdArrays.ndCopyOf(ids));
                TInt32 second = TInt32.tensorOf(StdArrays.ndCopyOf(mask));
                TInt32 third = TInt32.tensorOf(StdArrays.ndCopyOf(segments));
                BertServingDefault.Result result = signature.run(first, second, third)) {
              return StdArrays.array2dCopyOf(result.probabilities());
            }
          }
        }

        static final class Optional implements Function<BoundModel, Object> {
          @Override
          public Object apply(BoundModel model) {
            float[][] x = {{1, 2, 3, 4, 5, 6}};
            DropoutServingDefault signature = DropoutServingDefault.of(model);
            DropoutServingDefault.Inputs given = new DropoutServingDefault.Inputs().x(x).keepProb(1);
            try (DropoutServingDefault.Result left = signature.run(x);
                DropoutServingDefault.Result set = signature.run(given)) {
              return List.of(left.yValue(), set.yValue());
            }
          }
        }

        static final class Sparse implements Function<BoundModel, Object> {
          @Override
          public Object apply(BoundModel model) {
            float[] values = {2};
            long[][] indices = {{0, 3}};
            long[] shape = {1, 5};
            SparseServingDefault signature = SparseServingDefault.of(model);
            try (SparseServingDefault.Result result = signature.run(values, indices, shape)) {
              return result.yValue();
            }
          }
        }

        static final class Kinds implements Function<BoundModel, Object> {
          @Override
          public Object apply(BoundModel model) {
            KindsServingDefault signature = KindsServingDefault.of(model);
            try (KindsServingDefault.Result result = signature.run(new float[] {1, 2, 3})) {
              double scalar = result.dValue();
              boolean[] flags = result.flagsValue();
              String[][] names = result.namesValue();
              return List.of(result.fixedValue(), scalar, flags, names, result.y().shape().size());
            }
          }
        }

        /** Runs twice, and lets its model move on in between. */
        static final class Twice implements Function<BoundModel, Object> {
          @Override
          public Object apply(BoundModel model) {
            float[][] x = {{1, 2, 3, 4, 5, 6}};
            DropoutServingDefault signature = DropoutServingDefault.of(model);
            signature.run(x).close();
            model.close();
            try (DropoutServingDefault.Result result = signature.run(x);
                TFloat32 y = result.y()) {
              return y.shape().size();
            }
          }
        }
      }
      """;

  @BeforeAll
  static void generateAndCompile() throws Exception {
    Path lock = folder.resolve("tfreg.lock");
    push("team/bert", "tf1_saved_model");
    push("team/dropout", "tf1_placeholder_with_default");
    push("team/sparse", "tf1_sparse");
    push("team/kinds", "tf2_bf16_string");
    registry.run(
        "lock",
        "team/bert",
        "team/dropout",
        "team/sparse",
        "team/kinds",
        "--file",
        lock.toString());
    List<SourceFile> sources = new ArrayList<>(JavaStubs.generate(LockFile.read(lock), "com.acme"));
    sources.add(new SourceFile("com/acme/Callers.java", CALLERS));
    classes = Compiled.of(sources, folder.resolve("classes"));
  }

  @AfterAll
  static void close() throws Exception {
    if (classes != null) {
      classes.close();
    }
  }

  @Test
  void runsOnPlainValuesAndOnTensorsAsTheModelDoesByKeys(TfregClient client) {
    try (BoundModel model = load(client, "team/bert");
        Outputs bare =
            model
                .signature("serving_default")
                .run(Map.of("input_ids", IDS, "input_mask", MASK, "segment_ids", SEGMENTS))) {
      float[][] expected = bare.value("probabilities", float[][].class);
      assertArrayEquals(expected, (float[][]) call("Plain", model));
      assertArrayEquals(expected, (float[][]) call("Tensors", model));
    }
  }

  @Test
  void takesOptionalInputsByName(TfregClient client) {
    try (BoundModel model = load(client, "team/dropout")) {
      List<?> both = (List<?>) call("Optional", model);
      assertEquals(1, ((float[][]) both.get(0)).length);
      assertEquals(1, ((float[][]) both.get(1)).length);
    }
  }

  @Test
  void takesACompositeInputByItsComponents(TfregClient client) {
    try (BoundModel model = load(client, "team/sparse")) {
      assertEquals(2, ((float[][]) call("Sparse", model))[0].length);
    }
  }

  @Test
  void givesEveryKindOfOutputInItsType(TfregClient client) {
    try (BoundModel model = load(client, "team/kinds")) {
      List<?> values = (List<?>) call("Kinds", model);
      assertEquals(3, ((float[]) values.get(0)).length);
      assertEquals(3, ((boolean[]) values.get(2)).length);
      assertEquals(2, ((String[][]) values.get(3))[1].length);
      assertEquals(3L, values.get(4));
    }
  }

  @Test
  void refusesAnotherModelWhenItIsGivenAndSaysWhatDiffers(TfregClient client) {
    try (BoundModel model = load(client, "team/dropout")) {
      TfregException refused = assertThrows(TfregException.class, () -> call("Plain", model));
      assertEquals("INTERFACE_CHANGED", refused.reason());
      assertTrue(refused.getMessage().contains("input 'input_ids' is gone"), refused.getMessage());
      assertTrue(
          refused.getMessage().contains("input 'x' is new and must be fed"), refused.getMessage());
    }
  }

  @Test
  void refusesToRunOnceTheModelHasMovedOnToAnotherInterface(TfregClient client) {
    try (BoundModel before = load(client, "team/dropout");
        BoundModel after = load(client, "team/bert")) {
      TfregException refused =
          assertThrows(TfregException.class, () -> call("Twice", new MovingModel(before, after)));
      assertEquals("INTERFACE_CHANGED", refused.reason());
    }
  }

  @Test
  void goesOnWhenTheModelHasMovedOnToTheSameInterface(TfregClient client) {
    push("team/same", "tf1_placeholder_with_default");
    try (BoundModel before = load(client, "team/dropout");
        BoundModel after = load(client, "team/same")) {
      assertEquals(1L, call("Twice", new MovingModel(before, after)));
    }
  }

  @SuppressWarnings("unchecked")
  private static Object call(String caller, BoundModel model) {
    try {
      var constructor = classes.loadClass("com.acme.Callers$" + caller).getDeclaredConstructor();
      constructor.setAccessible(true);
      return ((Function<BoundModel, Object>) constructor.newInstance()).apply(model);
    } catch (ReflectiveOperationException missing) {
      throw new LinkageError(missing.getMessage(), missing);
    }
  }

  /** What is tested here is what comes after. */
  private static BoundModel load(TfregClient client, String reference) {
    return TfregModels.load(client, LoadOptions.builder(reference).preflight(false).build());
  }

  private static void push(String name, String fixture) {
    registry.push(name, MODELS.resolve(fixture));
  }
}
