package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tensorflow.Output;

/** The outputs of a signature in the graph, by key; components as {@code key/component}. */
final class SignatureOutputs {
  private final Binding binding;
  private final Map<String, Output<?>> held = new LinkedHashMap<>();

  /** The dtypes of outputs that TensorFlow Java has no tensors of. */
  private final Map<String, String> notHeld = new HashMap<>();

  private SignatureOutputs(Binding binding) {
    this.binding = binding;
  }

  static SignatureOutputs of(Binding binding, LoadedGraph graph) {
    SignatureOutputs outputs = new SignatureOutputs(binding);
    for (TensorSpec spec : binding.fetches()) {
      outputs.add(spec.key(), spec, graph);
      for (TensorSpec part : spec.components()) {
        outputs.add(spec.key() + "/" + part.key(), part, graph);
      }
    }
    return outputs;
  }

  private void add(String key, TensorSpec spec, LoadedGraph graph) {
    if (spec.ref().isEmpty()) {
      return;
    }
    Output<?> output = SignatureInputs.required(graph, spec.ref().get(), binding);
    if (ElementType.of(output.dataType()) == null) {
      notHeld.put(key, spec.dtype());
    } else {
      held.put(key.isEmpty() ? spec.ref().get().toString() : key, output);
    }
  }

  /** All that TensorFlow Java can hold. */
  Map<String, Output<?>> held() {
    return held;
  }

  Output<?> find(String key) {
    Output<?> output = held.get(key);
    if (output == null) {
      throw notFound(key);
    }
    return output;
  }

  /** Says why there is no such output. */
  TfregException notFound(String key) {
    if (notHeld.containsKey(key)) {
      return Fetching.notHeld(key, notHeld.get(key));
    }
    if (held.containsKey(key)) {
      return notFetched(key);
    }
    List<String> parts =
        held.keySet().stream()
            .filter(name -> name.startsWith(key + "/"))
            .collect(Collectors.toList());
    if (!parts.isEmpty()) {
      return composite(key, parts);
    }
    try {
      binding.fetch(key);
    } catch (TfregException said) {
      return said;
    }
    throw new IllegalStateException(key);
  }

  private static TfregException composite(String key, List<String> parts) {
    String names = String.join(", ", parts);
    return Failures.of(
        TfregException.Kind.FAILED_PRECONDITION,
        "NOT_ONE_TENSOR",
        String.format("The output '%s' is a composite, not one tensor.", key),
        "Take its components: " + names + ".",
        Map.of("key", key, "existing", names));
  }

  static TfregException notFetched(String key) {
    return Failures.of(
        TfregException.Kind.NOT_FOUND,
        "FETCH_NOT_FOUND",
        String.format("The output '%s' was not fetched in this run.", key),
        "Name it among the outputs to run for.",
        Map.of("key", key));
  }
}
