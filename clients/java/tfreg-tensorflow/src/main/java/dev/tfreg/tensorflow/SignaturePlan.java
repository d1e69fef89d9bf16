package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.TfregException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/** How a signature is run: its keys looked up in the graph once, when it was loaded. */
final class SignaturePlan {
  private final Binding binding;
  private final LoadedGraph graph;
  private final SignatureInputs inputs;
  private final SignatureOutputs outputs;
  private final Fetching all;

  SignaturePlan(Binding binding, LoadedGraph graph) {
    this.binding = binding;
    this.graph = graph;
    this.inputs = SignatureInputs.of(binding, graph);
    this.outputs = SignatureOutputs.of(binding, graph);
    this.all = Fetching.of(outputs.held(), inputs.places());
  }

  Binding binding() {
    return binding;
  }

  SignatureInputs inputs() {
    return inputs;
  }

  SignatureOutputs outputs() {
    return outputs;
  }

  /**
   * Runs the signature.
   *
   * @param wanted keys; null: all outputs that TensorFlow Java can hold
   */
  Outputs run(Map<String, ?> values, Collection<String> wanted) {
    try (TensorHolder made = new TensorHolder()) {
      Session.Runner runner = graph.runner();
      Tensor[] fed = inputs.feed(runner, values, made);
      if (wanted == null) {
        inputs.requireAll(fed);
      }
      Fetching fetching = wanted == null ? all : fetching(wanted);
      return new RunOutputs(fetching.places(), run(fetching, runner, fed), outputs::notFound);
    }
  }

  private Tensor[] run(Fetching fetching, Session.Runner runner, Tensor[] fed) {
    try {
      return fetching.run(runner, fed);
    } catch (RuntimeException failure) {
      throw runFailed(failure, binding);
    }
  }

  /** Says what failed in TensorFlow; its exceptions have no common base. */
  static TfregException runFailed(RuntimeException failure, Binding binding) {
    return Failures.run(
        String.format(
            "signature '%s' of %s:%d", binding.signature(), binding.model(), binding.version()),
        "Compare the inputs with what the model expects: tfreg show " + binding.model() + ".",
        failure);
  }

  private Fetching fetching(Collection<String> wanted) {
    Map<String, Output<?>> found = new LinkedHashMap<>();
    for (String key : wanted) {
      found.put(key, outputs.find(key));
    }
    return Fetching.of(found, inputs.places());
  }
}
