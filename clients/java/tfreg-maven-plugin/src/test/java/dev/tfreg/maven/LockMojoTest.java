package dev.tfreg.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.codegen.LockFile;
import dev.tfreg.codegen.LockedModel;
import dev.tfreg.testing.TfregRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The goal {@code lock}, against a real registry. */
class LockMojoTest {
  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  private static final Path MODELS = Path.of("../../../tests/fixtures/models");
  private static final List<String> ALL =
      List.of("team/bert@prod", "team/keras", "team/lite:1", "team/sparse", "team/unused");

  @TempDir Path folder;

  @BeforeAll
  static void push() {
    registry.push("team/bert", MODELS.resolve("tf1_saved_model"), "--alias", "prod");
    registry.push("team/unused", MODELS.resolve("tf2_unused_inputs"));
    registry.push("team/sparse", MODELS.resolve("tf1_sparse"));
    registry.push("team/lite", MODELS.resolve("tflite_two_signatures.tflite"));
    registry.push("team/keras", MODELS.resolve("tf2_keras_export"));
    registry.push("team/bare", MODELS.resolve("tf2_no_signatures"));
  }

  @Test
  void writesTheSameBytesAsTheCommand() throws Exception {
    Path byCommand = folder.resolve("command.lock");
    for (String reference : ALL) {
      registry.run("lock", reference, "--file", byCommand.toString());
    }
    lock(ALL);
    assertEquals(Files.readString(byCommand), Files.readString(file()));
  }

  @Test
  void asksAnewForWhatTheFileHasWhenNothingIsNamed() throws Exception {
    lock(List.of("team/bert@prod", "team/keras"));
    LockFile locked = LockFile.read(file());
    LockedModel old = locked.models().get(0);
    LockedModel stale = new LockedModel(old.reference(), "gone", 7, "", "", "", List.of());
    new LockFile(List.of(stale, locked.models().get(1))).write(file());
    lock(List.of());
    assertEquals(locked, LockFile.read(file()));
  }

  @Test
  void leavesOtherModelsOfTheFileAsTheyAre() throws Exception {
    LockedModel other = new LockedModel("a/other:3", "a/other", 3, "", "", "", List.of());
    new LockFile(List.of(other)).write(file());
    lock(List.of("team/keras"));
    assertEquals(other, LockFile.read(file()).models().get(0));
    assertEquals(2, LockFile.read(file()).models().size());
  }

  @Test
  void saysWhatToDoAboutAModelWithoutSignatures() {
    MojoFailureException failure =
        assertThrows(MojoFailureException.class, () -> lock(List.of("team/bare")));
    assertTrue(failure.getMessage().contains("signature"), failure.getMessage());
    assertFalse(Files.exists(file()));
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    MojoFailureException nothing = assertThrows(MojoFailureException.class, () -> lock(List.of()));
    assertTrue(nothing.getMessage().contains("-Dtfreg.references="), nothing.getMessage());
    LockMojo unaddressed = mojo(List.of("team/keras"));
    unaddressed.server = null;
    MojoFailureException nowhere = assertThrows(MojoFailureException.class, unaddressed::execute);
    assertTrue(nowhere.getMessage().contains("-Dtfreg.server="), nowhere.getMessage());
  }

  @Test
  void passesOnWhatTheRegistrySays() {
    MojoFailureException failure =
        assertThrows(MojoFailureException.class, () -> lock(List.of("team/brt")));
    assertTrue(failure.getMessage().contains("team/bert"), failure.getMessage());
  }

  private void lock(List<String> references) throws MojoFailureException {
    mojo(references).execute();
  }

  private LockMojo mojo(List<String> references) {
    LockMojo mojo = new LockMojo();
    mojo.server = registry.address();
    mojo.references = references;
    mojo.lockFile = file().toFile();
    return mojo;
  }

  private Path file() {
    return folder.resolve("tfreg.lock");
  }
}
