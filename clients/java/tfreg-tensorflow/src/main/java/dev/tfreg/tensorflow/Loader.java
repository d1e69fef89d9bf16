package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.DiagnoseOptions;
import dev.tfreg.client.Diagnosis;
import dev.tfreg.client.Diagnostic;
import dev.tfreg.client.Pulled;
import dev.tfreg.client.ResolveOptions;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Loads versions of models: resolve, check, pull, load. */
final class Loader {
  private static final String DEFAULT_SIGNATURE = "serving_default";

  private final TfregClient client;

  Loader(TfregClient client) {
    this.client = client;
  }

  TfregClient client() {
    return client;
  }

  /** Loads what a reference stands for now. */
  Generation load(LoadOptions options) {
    List<Binding> bindings = bindings(options);
    Binding first = bindings.get(0);
    List<Diagnostic> diagnostics = new ArrayList<>(first.diagnostics());
    if (options.preflight()) {
      diagnostics.addAll(preflight(first));
    }
    Pulled pulled = client.pull(first.artifactReference());
    LoadedGraph graph = GraphLoading.load(first, pulled.path());
    try {
      Map<String, SignaturePlan> plans = new TreeMap<>();
      for (Binding binding : bindings) {
        plans.put(binding.signature(), new SignaturePlan(binding, graph));
      }
      LoadedModel loaded =
          new LoadedFacts(
              options.reference(), first, isConverted(first), pulled.path(), diagnostics);
      return new Generation(loaded, graph, plans, defaultKey(plans));
    } catch (RuntimeException failure) {
      graph.close();
      throw failure;
    }
  }

  /** Returns a binding for each signature that can be called, of one artifact. */
  private List<Binding> bindings(LoadOptions options) {
    return List.of(client.resolve(resolveOptions(options)));
  }

  private static ResolveOptions resolveOptions(LoadOptions options) {
    List<String> formats = options.formats().isEmpty() ? Runtimes.FORMATS : options.formats();
    return ResolveOptions.builder(options.reference())
        .formats(formats.toArray(new String[0]))
        .tags(options.tags().toArray(new String[0]))
        .convert(options.convert())
        .build();
  }

  private List<Diagnostic> preflight(Binding binding) {
    String runtime = Runtimes.register(client);
    Diagnosis diagnosis =
        client.diagnose(
            DiagnoseOptions.builder(binding.artifactReference(), runtime)
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

  private static String defaultKey(Map<String, SignaturePlan> plans) {
    if (plans.containsKey(DEFAULT_SIGNATURE)) {
      return DEFAULT_SIGNATURE;
    }
    return plans.size() == 1 ? plans.keySet().iterator().next() : null;
  }
}
