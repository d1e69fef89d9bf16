package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Shape;
import dev.tfreg.client.SignatureContract;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** What callers of a version rely on: each of its signatures, with its inputs and outputs. */
final class InterfaceCheck {
  private final List<SignatureContract> contracts;

  private InterfaceCheck(List<SignatureContract> contracts) {
    this.contracts = contracts;
  }

  static InterfaceCheck of(Generation relied) {
    return new InterfaceCheck(
        relied.signatureKeys().stream()
            .map(key -> contract(relied.plan(key).binding()))
            .collect(Collectors.toUnmodifiableList()));
  }

  private static SignatureContract contract(Binding binding) {
    SignatureContract.Builder contract =
        SignatureContract.builder(binding.signature(), binding.signatureFingerprint());
    binding.feeds().forEach(feed -> add(feed.tensor(), contract::input));
    binding.fetches().forEach(fetch -> add(fetch, contract::output));
    return contract.build();
  }

  private static void add(TensorSpec tensor, TensorAdder adder) {
    adder.add(tensor.key(), tensor.dtype(), tensor.shape().map(Shape::toString).orElse(""));
  }

  private interface TensorAdder {
    SignatureContract.Builder add(String key, String dtype, String shape);
  }

  /**
   * Checks that callers may be given another version.
   *
   * @throws TfregException INTERFACE_CHANGED, with all that changed
   */
  void check(Generation next) {
    List<String> changes = new ArrayList<>();
    for (SignatureContract contract : contracts) {
      compare(contract, next, (key, change) -> changes.add("signature '" + key + "': " + change));
    }
    if (!changes.isEmpty()) {
      LoadedModel loaded = next.loaded();
      throw Failures.of(
          TfregException.Kind.FAILED_PRECONDITION,
          "INTERFACE_CHANGED",
          String.format(
              "%s:%d cannot stand in for the version that callers were given: %s.",
              loaded.model(), loaded.version(), String.join("; ", changes)),
          "Move the alias back, or adapt the callers and load the model anew.",
          Map.of("changes", String.join("; ", changes)));
    }
  }

  private static void compare(
      SignatureContract contract, Generation next, BiConsumer<String, String> changed) {
    String key = contract.signature();
    if (!next.signatureKeys().contains(key)) {
      changed.accept(key, "it is gone");
      return;
    }
    try {
      contract.check(next.plan(key).binding());
    } catch (TfregException change) {
      changed.accept(key, change.metadata().getOrDefault("changes", change.getMessage()));
    }
  }
}
