package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/** A run that is put together step by step, of whichever version serves when it begins. */
final class ModelRunner implements KeyedRunner {
  private final SwappableModel model;

  /** Null: the default signature. */
  private final String signature;

  private final Map<String, Object> feeds = new LinkedHashMap<>();
  private final List<String> fetches = new ArrayList<>();
  private final List<String> targets = new ArrayList<>();

  ModelRunner(SwappableModel model, String signature) {
    this.model = model;
    this.signature = signature;
  }

  @Override
  public KeyedRunner feed(String key, Object value) {
    feeds.put(key, value);
    return this;
  }

  @Override
  public KeyedRunner fetch(String key) {
    fetches.add(key);
    return this;
  }

  @Override
  public KeyedRunner addTarget(String operation) {
    targets.add(operation);
    return this;
  }

  @Override
  public Outputs run() {
    Generation generation = model.enter();
    try {
      return run(generation.plan(signature), generation.graph());
    } finally {
      generation.leave();
    }
  }

  private Outputs run(SignaturePlan plan, LoadedGraph graph) {
    boolean all = fetches.isEmpty() && targets.isEmpty();
    Collection<String> wanted = all ? plan.outputs().held().keySet() : fetches;
    Map<Output<?>, Integer> places = new HashMap<>(plan.inputs().places());
    Map<String, Object> byKey = new LinkedHashMap<>();
    Map<InputSlot, Object> byName = new LinkedHashMap<>();
    feeds.forEach(
        (name, value) -> {
          Output<?> output = plan.inputs().hasKey(name) ? null : graph.output(name);
          if (output == null) {
            byKey.put(name, value); // told there if it is none
          } else {
            Integer place = places.putIfAbsent(output, places.size());
            byName.put(
                InputSlot.of(name, output, null, place == null ? places.size() - 1 : place), value);
          }
        });
    try (TensorHolder made = new TensorHolder()) {
      Session.Runner runner = graph.runner();
      Tensor[] fed = plan.inputs().feed(runner, byKey, made, places.size());
      byName.forEach((slot, value) -> SignatureInputs.feed(runner, slot, value, fed, made));
      for (String target : targets) {
        runner.addTarget(target(target, graph));
      }
      Fetching fetching = Fetching.of(outputs(plan, graph, wanted), places);
      return new RunOutputs(fetching.places(), fetching.run(runner, fed), plan.outputs()::notFound);
    } catch (TfregException ours) {
      throw ours;
    } catch (RuntimeException failure) {
      throw SignaturePlan.runFailed(failure, plan.binding());
    }
  }

  private Map<String, Output<?>> outputs(
      SignaturePlan plan, LoadedGraph graph, Collection<String> wanted) {
    Map<String, Output<?>> outputs = new LinkedHashMap<>();
    for (String name : wanted) {
      Output<?> held = plan.outputs().held().get(name);
      Output<?> output = held == null ? graph.output(name) : held;
      if (output == null) {
        throw plan.outputs().notFound(name);
      }
      if (ElementType.of(output.dataType()) == null) {
        throw Fetching.notHeld(name, output.dataType().toString());
      }
      outputs.put(name, output);
    }
    return outputs;
  }

  private static GraphOperation target(String name, LoadedGraph graph) {
    GraphOperation operation = graph.operation(name);
    if (operation == null) {
      throw Failures.of(
          TfregException.Kind.NOT_FOUND,
          "OPERATION_NOT_FOUND",
          String.format("The graph has no operation '%s'.", name),
          "Name an operation of the graph, without ':0'.",
          Map.of("operation", name));
    }
    return operation;
  }
}
