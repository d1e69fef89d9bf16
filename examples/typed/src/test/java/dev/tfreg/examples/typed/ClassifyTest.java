package dev.tfreg.examples.typed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tfreg.client.TfregClient;
import dev.tfreg.examples.typed.models.ClassifierServingDefault;
import dev.tfreg.tensorflow.BoundModel;
import dev.tfreg.tensorflow.TfregModels;
import dev.tfreg.testing.TfregRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClassifyTest {
  private static final Path MODEL = Path.of("../../tests/fixtures/models/tf1_saved_model");

  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  @Test
  void theGeneratedClassRunsTheModel(TfregClient client) {
    registry.push("team/classifier", MODEL, "--alias", "prod");
    try (BoundModel model = TfregModels.load(client, ClassifierServingDefault.REFERENCE);
        ClassifierServingDefault.Result result =
            ClassifierServingDefault.of(model).run(new int[1][8], new int[1][8], new int[1][8])) {
      assertEquals(3, result.probabilitiesValue()[0].length);
    }
  }
}
