package dev.tfreg.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.client.TfregException.Kind;
import java.nio.file.Path;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TfregRegistryOfEachTestTest {
  private static final Path MODEL = Path.of("../../../tests/fixtures/models/tf1_saved_model");

  @RegisterExtension final TfregRegistry registry = TfregRegistry.create();

  @RepeatedTest(2)
  void eachTestGetsAnEmptyRegistry(TfregClient client) {
    assertEquals(0, client.listModels().size());
    registry.push("team/one", MODEL);
  }

  @Test
  void afterACrashItStartsAgainWithWhatWasStored(TfregClient client) {
    registry.push("team/crashed", MODEL);
    registry.kill();
    try (TfregClient once = registry.clientBuilder().maxAttempts(1).build()) {
      TfregException failure =
          assertThrows(TfregException.class, () -> once.resolve("team/crashed"));
      assertEquals(Kind.UNAVAILABLE, failure.kind());
    }
    registry.restart();
    assertEquals(1, client.resolve("team/crashed").version());
  }
}
