package dev.tfreg.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.codegen.LockFile;
import dev.tfreg.codegen.LockedModel;
import dev.tfreg.codegen.LockedSignature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.model.Plugin;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The goal {@code generate}. */
class GenerateMojoTest {
  private static final String NOTHING_TO_DO = "Nothing to generate";

  private final MavenProject project = new MavenProject();
  private final List<String> said = new ArrayList<>();

  @TempDir Path folder;

  private Path lock;
  private Path bert;
  private Path ranker;

  @BeforeEach
  void lockTwoModels() {
    lock = folder.resolve("tfreg.lock");
    bert = folder.resolve("out/com/acme/BertServingDefault.java");
    ranker = folder.resolve("out/com/acme/RankerServingDefault.java");
    new LockFile(List.of(model("team/bert"), model("team/ranker"))).write(lock);
  }

  @Test
  void writesTheClassesAndAddsTheirRootToTheSources() throws MojoFailureException {
    run();
    assertTrue(Files.exists(bert));
    assertTrue(Files.exists(ranker));
    assertEquals(List.of(folder.resolve("out").toString()), project.getCompileSourceRoots());
    assertEquals(List.of("Generated 2 classes in " + folder.resolve("out")), said);
  }

  @Test
  void doesNothingWhileLockAndSettingsAreTheSame() throws MojoFailureException {
    run();
    said.clear();
    run();
    assertTrue(said.get(0).startsWith(NOTHING_TO_DO), said.toString());
    assertEquals(List.of(folder.resolve("out").toString()), project.getCompileSourceRoots());
  }

  @Test
  void makesAFileAnewThatIsGone() throws Exception {
    run();
    Files.delete(bert);
    run();
    assertTrue(Files.exists(bert));
  }

  @Test
  void takesAwayWhatIsNoLongerLocked() throws MojoFailureException {
    run();
    new LockFile(List.of(model("team/ranker"))).write(lock);
    run();
    assertFalse(Files.exists(bert));
    assertTrue(Files.exists(ranker));
  }

  @Test
  void generatesOnlyTheModelsAskedFor() throws MojoFailureException {
    GenerateMojo mojo = mojo();
    mojo.models = List.of("team/ranker");
    mojo.execute();
    assertFalse(Files.exists(bert));
    assertTrue(Files.exists(ranker));
  }

  @Test
  void keepsTheFilesOfAnotherExecution() throws MojoFailureException {
    run();
    GenerateMojo other = mojo();
    other.execution = new MojoExecution(new Plugin(), "generate", "other");
    other.packageName = "com.other";
    other.execute();
    run();
    assertTrue(Files.exists(bert));
    assertTrue(Files.exists(folder.resolve("out/com/other/BertServingDefault.java")));
  }

  @Test
  void failsWithTheReasonWhenThereIsNoLockFile() throws IOException {
    Files.delete(lock);
    MojoFailureException failure = assertThrows(MojoFailureException.class, this::run);
    assertTrue(failure.getMessage().contains("There is no " + lock), failure.getMessage());
    assertFalse(Files.exists(folder.resolve("out")));
  }

  private void run() throws MojoFailureException {
    mojo().execute();
  }

  private GenerateMojo mojo() {
    GenerateMojo mojo = new GenerateMojo();
    mojo.lockFile = lock.toFile();
    mojo.packageName = "com.acme";
    mojo.outputDirectory = folder.resolve("out").toFile();
    mojo.project = project;
    mojo.execution = new MojoExecution(new Plugin(), "generate", "default");
    mojo.setLog(
        new SystemStreamLog() {
          @Override
          public void info(CharSequence content) {
            said.add(content.toString());
          }
        });
    return mojo;
  }

  private static LockedModel model(String name) {
    return new LockedModel(
        name,
        name,
        1,
        "",
        "saved_model",
        "",
        List.of(new LockedSignature("serving_default", "", "", List.of(), List.of())));
  }
}
