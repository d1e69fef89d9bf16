package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.TfregException;
import dev.tfreg.testing.TfregRegistry;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What this TensorFlow cannot run fails when it is loaded, with the reason; signatures. */
class PreflightTest {
  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  private static BoundModel load(String name) {
    return TfregModels.load(registry.client(), Fixtures.push(registry, name));
  }

  /** Of these TensorFlow Java loads the ones with a branch, and fails only when they are run. */
  @ParameterizedTest
  @ValueSource(
      strings = {"unfit_op", "unfit_function", "unfit_branch", "unfit_dtype", "unfit_attribute"})
  void whatThisTensorFlowLacksIsToldWhenTheModelIsLoaded(String name) {
    TfregException failure = assertThrows(TfregException.class, () -> load(name));
    assertEquals("RUNTIME_UNFIT", failure.reason());
    String operation = failure.metadata().get("operation");
    assertFalse(operation.isEmpty());
    assertTrue(failure.getMessage().contains(operation), failure.getMessage());
    boolean inFunction = !name.equals("unfit_op");
    assertEquals(inFunction, !failure.metadata().get("function").isEmpty());
  }

  @Test
  void whoKnowsBetterLoadsWithoutIt() {
    String model = Fixtures.push(registry, "unfit_branch");
    LoadOptions options = LoadOptions.builder(model).preflight(false).build();
    try (BoundModel loaded = TfregModels.load(registry.client(), options)) {
      assertEquals(Set.of("serving_default"), loaded.signatureKeys());
    }
  }

  @Test
  void allSignaturesOfAModelAreRun() {
    try (BoundModel model = load("tf2_module_signatures");
        Outputs outputs =
            model
                .signature("describe")
                .run(Map.of("text", "four", "any", new float[][] {{2, 4}}))) {
      assertEquals(Set.of("describe", "serving_default"), model.signatureKeys());
      assertEquals(4, outputs.value("length"));
      assertArrayEquals(new float[] {4, 8}, outputs.value("doubled", float[][].class)[0]);
      assertEquals("serving_default", model.signature().binding().signature());
    }
  }

  @Test
  void whereNoSignatureIsTheDefaultOneIsNamed() {
    try (BoundModel model = load("tf2_unused_inputs")) {
      assertEquals(Set.of("branch", "loop", "pure", "stateful"), model.signatureKeys());
      TfregException failure = assertThrows(TfregException.class, model::signature);
      assertEquals("SIGNATURE_AMBIGUOUS", failure.reason());
      try (Outputs outputs = model.signature("pure").run(Map.of("a", 1f, "b", 2f));
          Outputs byRunner = model.runner("pure").feed("a", 1f).feed("b", 2f).run()) {
        assertEquals(3f, outputs.value("right"));
        assertEquals(3f, byRunner.value("right"));
      }
      assertThrows(TfregException.class, () -> model.runner("impure"));
    }
  }
}
