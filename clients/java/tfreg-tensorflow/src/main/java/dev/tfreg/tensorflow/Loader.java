package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.DiagnoseOptions;
import dev.tfreg.client.Diagnosis;
import dev.tfreg.client.Diagnostic;
import dev.tfreg.client.Pulled;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Loads versions of models: resolve, check, pull, load. */
final class Loader {
  private final TfregClient client;
  private final ModelSignatures signatures;

  Loader(TfregClient client) {
    this.client = client;
    this.signatures = new ModelSignatures(client);
  }

  TfregClient client() {
    return client;
  }

  /** Loads what a reference stands for now. */
  Generation load(LoadOptions options) {
    return load(options, options.reference());
  }

  /** Loads the version that its reference stood for when it was looked up. */
  Generation load(LoadOptions options, String version) {
    String runtime = options.preflight() ? Runtimes.register(client) : "";
    Binding first = signatures.first(options, version, runtime);
    if (!Runtimes.FORMATS.contains(first.format())) {
      throw formatNotLoadable(first);
    }
    List<Diagnostic> diagnostics = new ArrayList<>(first.diagnostics());
    if (options.preflight()) {
      diagnostics.addAll(preflight(first, runtime));
    }
    Pulled pulled = client.pull(first.artifactReference());
    LoadedGraph graph = GraphLoading.load(first, pulled.path(), options.configProto());
    try {
      LoadedModel loaded =
          new LoadedFacts(
              options.reference(), first, isConverted(first), pulled.path(), diagnostics);
      return new Generation(loaded, graph, signatures.plans(first, graph));
    } catch (RuntimeException | Error failure) {
      graph.close();
      throw failure;
    }
  }

  private static TfregException formatNotLoadable(Binding binding) {
    return Failures.of(
        TfregException.Kind.FAILED_PRECONDITION,
        "FORMAT_NOT_LOADABLE",
        String.format(
            "%s:%d is a %s, which TensorFlow Java does not load.",
            binding.model(), binding.version(), binding.format()),
        "Leave the formats to the loader, and let the registry convert if it must:"
            + " LoadOptions.builder(reference).convert(true).",
        Map.of("format", binding.format(), "loadable", String.join(",", Runtimes.FORMATS)));
  }

  private List<Diagnostic> preflight(Binding binding, String runtime) {
    Diagnosis diagnosis =
        client.diagnose(
            DiagnoseOptions.builder(binding.artifactReference(), runtime)
                .formats(binding.format())
                .tags(binding.tags().toArray(new String[0]))
                .build());
    if (!diagnosis.fits()) {
      throw unfit(binding, diagnosis);
    }
    return diagnosis.diagnostics();
  }

  private static TfregException unfit(Binding binding, Diagnosis diagnosis) {
    List<Diagnostic> errors =
        diagnosis.diagnostics().stream()
            .filter(one -> one.severity() == Diagnostic.Severity.ERROR)
            .collect(Collectors.toList());
    Diagnostic first = errors.get(0);
    String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
    return Failures.of(
        TfregException.Kind.FAILED_PRECONDITION,
        "RUNTIME_UNFIT",
        String.format(
            "%s:%d cannot run in this TensorFlow: %s%s",
            binding.model(), binding.version(), first.message(), more),
        first.hint(),
        Map.of(
            "diagnostics",
            errors.stream()
                .map(one -> one.code() + " " + one.message())
                .collect(Collectors.joining("\n")),
            "code",
            first.code(),
            "operation",
            first.operation(),
            "function",
            first.function()));
  }

  private boolean isConverted(Binding binding) {
    String source = client.getVersion(binding.model() + ":" + binding.version()).artifactDigest();
    return !source.equals(binding.artifactDigest());
  }
}
