package dev.tfreg.maven;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Feed;
import dev.tfreg.client.FeedUse;
import dev.tfreg.client.Inspection;
import dev.tfreg.client.MetaGraph;
import dev.tfreg.client.ResolveOptions;
import dev.tfreg.client.Shape;
import dev.tfreg.client.SignatureInfo;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregClient;
import dev.tfreg.codegen.CodegenException;
import dev.tfreg.codegen.LockedModel;
import dev.tfreg.codegen.LockedShape;
import dev.tfreg.codegen.LockedSignature;
import dev.tfreg.codegen.LockedTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Asks a registry for the entries of a lock file. */
final class LockQuestions {
  private final TfregClient client;
  private final Consumer<String> warnings;

  LockQuestions(TfregClient client, Consumer<String> warnings) {
    this.client = client;
    this.warnings = warnings;
  }

  /**
   * Returns what a reference stands for now.
   *
   * @throws dev.tfreg.client.TfregException if there is no such version
   * @throws CodegenException if it has no signature to call
   */
  LockedModel ask(String reference) {
    Inspection found = client.inspect(reference);
    // The version, so that all answers are of one, whatever aliases do in between.
    String version = found.model() + ":" + found.version();
    List<LockedSignature> signatures = new ArrayList<>();
    for (String key : callable(found)) {
      Binding binding = client.resolve(ResolveOptions.builder(version).signature(key).build());
      warnOfUnnamed(binding);
      signatures.add(signature(binding));
    }
    if (signatures.isEmpty()) {
      client.resolve(version); // says why if there are no names at all
      throw new CodegenException(
          String.format(
              "%s is of format %s and has no signature to generate a class for. Declare one by"
                  + " `tfreg sign`, or convert it to a format that has one.",
              version, found.format()));
    }
    return new LockedModel(
            reference,
            found.model(),
            found.version(),
            found.artifactDigest(),
            found.format(),
            found.fingerprints().interfaces(),
            signatures)
        .sorted();
  }

  /** Returns the signatures of the tag set that a caller means who names none. */
  private List<String> callable(Inspection found) {
    List<MetaGraph> graphs = found.metaGraphs();
    MetaGraph chosen =
        graphs.size() == 1
            ? graphs.get(0)
            : graphs.stream()
                .filter(graph -> Set.copyOf(graph.tags()).equals(Set.of("serve")))
                .findFirst()
                .orElse(null);
    if (chosen == null) {
      return List.of(); // resolve tells which tag sets there are
    }
    return chosen.signatures().stream()
        .filter(signature -> !signature.internal() && !signature.outputs().isEmpty())
        .map(SignatureInfo::key)
        .collect(Collectors.toList());
  }

  private void warnOfUnnamed(Binding binding) {
    binding.feeds().stream()
        .filter(feed -> feed.tensor().key().isEmpty() && feed.use() == FeedUse.REQUIRED)
        .forEach(
            feed ->
                warnings.accept(
                    String.format(
                        "Signature %s cannot run without %s, which it gives no key: declare one"
                            + " that does, by `tfreg sign`.",
                        binding.signature(),
                        feed.tensor().ref().map(Object::toString).orElse("a tensor"))));
  }

  private static LockedSignature signature(Binding binding) {
    return new LockedSignature(
        binding.signature(),
        binding.signatureFingerprint(),
        binding.methodName(),
        binding.feeds().stream()
            .filter(feed -> !feed.tensor().key().isEmpty())
            .map(feed -> tensor(feed.tensor(), Optional.of(use(feed))))
            .toList(),
        binding.fetches().stream().map(fetch -> tensor(fetch, Optional.empty())).toList());
  }

  private static LockedTensor tensor(TensorSpec spec, Optional<LockedTensor.Use> use) {
    return new LockedTensor(
        spec.key(),
        spec.dtype(),
        spec.shape().map(LockQuestions::shape),
        use,
        spec.encoding(),
        spec.components().stream().map(part -> tensor(part, Optional.empty())).toList());
  }

  private static LockedShape shape(Shape shape) {
    return shape.unknownRank() ? LockedShape.ofUnknownRank() : LockedShape.of(shape.dims());
  }

  private static LockedTensor.Use use(Feed feed) {
    return switch (feed.use()) {
      case OPTIONAL -> LockedTensor.Use.OPTIONAL;
      case UNUSED -> LockedTensor.Use.UNUSED;
      default -> LockedTensor.Use.REQUIRED;
    };
  }
}
