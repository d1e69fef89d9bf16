package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Diagnostic;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What was loaded, taken from its binding. */
final class LoadedFacts implements LoadedModel {
  private final String reference;
  private final Binding binding;
  private final boolean converted;
  private final Path path;
  private final List<Diagnostic> diagnostics;

  LoadedFacts(
      String reference,
      Binding binding,
      boolean converted,
      Path path,
      List<Diagnostic> diagnostics) {
    this.reference = reference;
    this.binding = binding;
    this.converted = converted;
    this.path = path;
    this.diagnostics = List.copyOf(diagnostics);
  }

  @Override
  public String reference() {
    return reference;
  }

  @Override
  public String model() {
    return binding.model();
  }

  @Override
  public long version() {
    return binding.version();
  }

  @Override
  public String artifactDigest() {
    return binding.artifactDigest();
  }

  @Override
  public String format() {
    return binding.format();
  }

  @Override
  public boolean converted() {
    return converted;
  }

  @Override
  public Route route() {
    switch (binding.format()) {
      case "saved_model":
        return Route.SAVED_MODEL;
      case "tf1_checkpoint":
        return Route.CHECKPOINT;
      default:
        return Route.FROZEN_GRAPH;
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Set<String> tags() {
    return Set.copyOf(binding.tags());
  }

  @Override
  public List<Diagnostic> diagnostics() {
    return diagnostics;
  }

  @Override
  public String toString() {
    return String.format("%s:%d (%s, %s)", model(), version(), format(), route());
  }
}
