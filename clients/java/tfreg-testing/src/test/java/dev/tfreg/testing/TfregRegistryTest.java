package dev.tfreg.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TfregRegistryTest {
  private static final Path MODELS = Path.of("../../../tests/fixtures/models");
  private static final Path MODEL = MODELS.resolve("tf1_saved_model");

  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  @Test
  void aModelThatIsPushedIsServed(TfregClient client) {
    registry.push("team/served", MODEL, "--alias", "prod");
    assertSame(registry.client(), client);
    assertEquals(1, client.resolve("team/served@prod").version());
  }

  @Test
  void whatIsPulledStaysInTheRegistrysOwnFolder(TfregClient client) {
    registry.push("team/pulled", MODEL);
    assertTrue(client.pull("team/pulled").path().startsWith(registry.data().getParent()));
  }

  @Test
  void afterARestartDataAndAddressAreTheSame(TfregClient client) {
    registry.push("team/restarted", MODEL);
    String address = registry.address();
    registry.restart();
    assertEquals(address, registry.address());
    assertEquals(1, client.resolve("team/restarted").version());
  }

  @Test
  void whenItIsClosedNothingIsLeft() {
    TfregRegistry closed = TfregRegistry.create();
    closed.start();
    Path folder = closed.data().getParent();
    closed.close();
    assertFalse(Files.exists(folder));
  }

  @Test
  void aCommandThatIsMissingSaysHowToInstallIt() {
    try (TfregRegistry missing = TfregRegistry.builder().command("no-such-tfreg").build()) {
      TfregException failure = assertThrows(TfregException.class, missing::start);
      assertEquals("COMMAND_NOT_FOUND", failure.reason());
      assertTrue(failure.getMessage().contains("pip install tfreg"), failure.getMessage());
    }
  }

  @Test
  void aServerThatDoesNotStartTellsWhy() {
    try (TfregRegistry wrong = TfregRegistry.builder().serveOptions("--no-such-option").build()) {
      TfregException failure = assertThrows(TfregException.class, wrong::start);
      assertEquals("SERVER_NOT_STARTED", failure.reason());
      assertTrue(failure.getMessage().contains("--no-such-option"), failure.getMessage());
    }
  }

  @Test
  void aCommandThatFailsTellsWhy(@TempDir Path folder) throws IOException {
    Path nothing = Files.writeString(folder.resolve("nothing.txt"), "nothing");
    TfregException failure =
        assertThrows(TfregException.class, () -> registry.push("team/nothing", nothing));
    assertEquals("COMMAND_FAILED", failure.reason());
    assertTrue(failure.getMessage().contains("nothing.txt"), failure.getMessage());
  }

  @Nested
  class InANestedClass {
    @Test
    void theRegistryOfTheOuterOneIsUsed(TfregRegistry injected) {
      assertSame(registry, injected);
      registry.push("team/nested", MODEL);
    }
  }
}
