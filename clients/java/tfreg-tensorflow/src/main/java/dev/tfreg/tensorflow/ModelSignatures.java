package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Inspection;
import dev.tfreg.client.ResolveOptions;
import dev.tfreg.client.SignatureInfo;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Asks the registry for the names behind the keys of all signatures of an artifact. */
final class ModelSignatures {
  /** Failures that the signature is to blame for, rather than the way to the registry. */
  private static final Set<TfregException.Kind> OF_THE_SIGNATURE =
      Set.of(
          TfregException.Kind.NOT_FOUND,
          TfregException.Kind.FAILED_PRECONDITION,
          TfregException.Kind.INVALID_ARGUMENT);

  private final TfregClient client;

  ModelSignatures(TfregClient client) {
    this.client = client;
  }

  /**
   * Returns the binding of the default signature, or of any where there is no default. It says
   * which artifact is meant.
   *
   * @param reference which version
   * @param runtime digest of this runtime; empty: the registry does not know it
   */
  Binding first(LoadOptions options, String reference, String runtime) {
    ResolveOptions.Builder wanted =
        ResolveOptions.builder(reference)
            .formats(options.formats().toArray(new String[0]))
            .tags(options.tags().toArray(new String[0]))
            .runtime(runtime)
            .convert(options.convert());
    if (options.formats().isEmpty()) {
      wanted.formats(Runtimes.FORMATS.toArray(new String[0]));
    }
    try {
      return client.resolve(wanted.build());
    } catch (TfregException failure) {
      String choices = failure.metadata().getOrDefault("existing", "");
      if (!failure.reason().equals("SIGNATURE_AMBIGUOUS") || choices.isEmpty()) {
        throw failure;
      }
      int end = choices.indexOf(", ");
      String any = end < 0 ? choices : choices.substring(0, end);
      return client.resolve(wanted.signature(any).build());
    }
  }

  /** Returns how each signature of the artifact is run. One that cannot be run harms no other. */
  SignaturePlans plans(Binding first, LoadedGraph graph) {
    Map<String, SignaturePlan> plans = new TreeMap<>();
    Map<String, TfregException> broken = new HashMap<>();
    plans.put(first.signature(), new SignaturePlan(first, graph));
    for (String key : otherKeys(first)) {
      try {
        plans.put(key, new SignaturePlan(resolve(first, key), graph));
      } catch (TfregException failure) {
        if (!OF_THE_SIGNATURE.contains(failure.kind())) {
          throw failure;
        }
        broken.put(key, failure);
      }
    }
    return new SignaturePlans(first.model() + ":" + first.version(), plans, broken);
  }

  private Binding resolve(Binding first, String key) {
    return client.resolve(
        ResolveOptions.builder(first.artifactReference())
            .formats(first.format())
            .tags(first.tags().toArray(new String[0]))
            .signature(key)
            .build());
  }

  private List<String> otherKeys(Binding first) {
    Set<String> tags = Set.copyOf(first.loaderTags().isEmpty() ? first.tags() : first.loaderTags());
    Inspection inspection = client.inspect(first.artifactReference());
    return inspection.metaGraphs().stream()
        .filter(meta -> Set.copyOf(meta.tags()).equals(tags))
        .flatMap(meta -> meta.signatures().stream())
        .filter(signature -> !signature.internal())
        .map(SignatureInfo::key)
        .filter(key -> !key.equals(first.signature()))
        .collect(Collectors.toList());
  }
}
