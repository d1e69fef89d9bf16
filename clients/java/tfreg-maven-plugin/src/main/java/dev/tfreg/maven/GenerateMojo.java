package dev.tfreg.maven;

import dev.tfreg.codegen.CodegenException;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;

/**
 * Generates a typed class for each signature of the lock file and adds them to the sources. It asks
 * nobody, and does nothing while lock file and settings stay the same.
 */
@Mojo(name = "generate", defaultPhase = LifecyclePhase.GENERATE_SOURCES, threadSafe = true)
public final class GenerateMojo extends AbstractMojo {
  /** The lock file, which {@code tfreg lock} or the goal {@code lock} writes. */
  @Parameter(property = "tfreg.lockFile", defaultValue = "${project.basedir}/tfreg.lock")
  File lockFile;

  /** The package of the generated classes, such as {@code com.acme.models}. */
  @Parameter(property = "tfreg.packageName", required = true)
  String packageName;

  /** Where the sources are written; a root of this plugin's own. */
  @Parameter(
      property = "tfreg.outputDirectory",
      defaultValue = "${project.build.directory}/generated-sources/tfreg")
  File outputDirectory;

  /** The references of the lock file that classes are wanted for; none: all. */
  @Parameter(property = "tfreg.models")
  List<String> models = List.of();

  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  MavenProject project;

  @Parameter(defaultValue = "${mojoExecution}", readonly = true, required = true)
  MojoExecution execution;

  /** Called by Maven. */
  public GenerateMojo() {}

  @Override
  public void execute() throws MojoFailureException {
    Path root = outputDirectory.toPath();
    try {
      GeneratedSources sources =
          new GeneratedSources(
              lockFile.toPath(),
              packageName,
              List.copyOf(models),
              root,
              root.resolve("." + execution.getExecutionId() + ".tfreg"));
      getLog()
          .info(
              sources
                  .update()
                  .map(count -> "Generated " + count + " classes in " + outputDirectory)
                  .orElse("Nothing to generate: " + lockFile + " has not changed"));
    } catch (CodegenException failure) {
      throw new MojoFailureException(failure.getMessage(), failure);
    }
    project.addCompileSourceRoot(outputDirectory.getPath());
  }
}
