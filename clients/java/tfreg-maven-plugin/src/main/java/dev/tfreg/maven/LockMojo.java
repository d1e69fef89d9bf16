package dev.tfreg.maven;

import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.codegen.CodegenException;
import dev.tfreg.codegen.LockFile;
import dev.tfreg.codegen.LockedModel;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Asks a registry what references stand for and writes it to the lock file, as {@code tfreg lock}
 * does. References of the file that are not named stay as they are.
 */
@Mojo(name = "lock", requiresProject = false, requiresOnline = true, threadSafe = true)
public final class LockMojo extends AbstractMojo {
  /** The registry, {@code host:port}; else the environment variable TFREG_SERVER. */
  @Parameter(property = "tfreg.server", defaultValue = "${env.TFREG_SERVER}")
  String server;

  /** What to lock, such as {@code team/bert@prod}; none: all that the file has. */
  @Parameter(property = "tfreg.references")
  List<String> references = List.of();

  /** The lock file. */
  @Parameter(property = "tfreg.lockFile", defaultValue = "${basedir}/tfreg.lock")
  File lockFile;

  /** Called by Maven. */
  public LockMojo() {}

  @Override
  public void execute() throws MojoFailureException {
    Path file = lockFile.toPath();
    try {
      Map<String, LockedModel> models = new LinkedHashMap<>();
      LockFile known = Files.exists(file) ? LockFile.read(file) : new LockFile(List.of());
      known.models().forEach(model -> models.put(model.reference(), model));
      List<String> wanted = references.isEmpty() ? List.copyOf(models.keySet()) : references;
      if (wanted.isEmpty()) {
        throw new MojoFailureException(
            "No reference is named, and "
                + file
                + " has none. Name one: -Dtfreg.references=team/bert@prod.");
      }
      ask(wanted, models);
      boolean changed = new LockFile(new ArrayList<>(models.values())).write(file);
      getLog().info(file + (changed ? " is written" : " holds still"));
    } catch (TfregException | CodegenException failure) {
      throw new MojoFailureException(failure.getMessage(), failure);
    }
  }

  private void ask(List<String> wanted, Map<String, LockedModel> models)
      throws MojoFailureException {
    if (server == null || server.isEmpty()) {
      throw new MojoFailureException(
          "No registry is named. Name one: -Dtfreg.server=host:port, or TFREG_SERVER.");
    }
    try (TfregClient client = TfregClient.connect(server)) {
      LockQuestions questions = new LockQuestions(client, getLog()::warn);
      for (String reference : wanted) {
        models.put(reference, questions.ask(reference));
      }
    }
  }
}
