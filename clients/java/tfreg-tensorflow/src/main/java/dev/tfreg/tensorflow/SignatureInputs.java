package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Feed;
import dev.tfreg.client.FeedUse;
import dev.tfreg.client.TensorRef;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * The inputs of a signature in the graph. A composite input has a key for each component, {@code
 * key/component}; a placeholder that no key names is fed by its own name.
 */
final class SignatureInputs {
  private final Binding binding;
  private final Map<String, InputSlot> slots = new HashMap<>();

  /** The components of composite inputs; null for one that was pruned, as nothing reads it. */
  private final Map<String, Map<String, InputSlot>> composites = new HashMap<>();

  /** Each tensor that can be fed, with its place. */
  private final Map<Output<?>, Integer> places = new LinkedHashMap<>();

  /** The first key of each place. */
  private final List<String> keys = new ArrayList<>();

  private int[] required = {};

  private SignatureInputs(Binding binding) {
    this.binding = binding;
  }

  static SignatureInputs of(Binding binding, LoadedGraph graph) {
    SignatureInputs inputs = new SignatureInputs(binding);
    List<Integer> required = new ArrayList<>();
    for (Feed feed : binding.feeds()) {
      List<InputSlot> added = inputs.add(feed.tensor(), feed.use(), graph);
      if (feed.use() == FeedUse.REQUIRED) {
        added.forEach(slot -> required.add(slot.place()));
      }
    }
    inputs.required = required.stream().distinct().mapToInt(Integer::intValue).toArray();
    return inputs;
  }

  private List<InputSlot> add(TensorSpec spec, FeedUse use, LoadedGraph graph) {
    List<InputSlot> added = new ArrayList<>();
    if (spec.ref().isPresent()) {
      addSlot(spec.key(), spec, use, graph, added);
      return added;
    }
    Map<String, InputSlot> parts = new LinkedHashMap<>();
    for (TensorSpec part : spec.components()) {
      int before = added.size();
      addSlot(spec.key() + "/" + part.key(), part, use, graph, added);
      parts.put(part.key(), added.size() > before ? added.get(before) : null);
    }
    composites.put(spec.key(), parts);
    return added;
  }

  private void addSlot(
      String key, TensorSpec spec, FeedUse use, LoadedGraph graph, List<InputSlot> added) {
    TensorRef ref = spec.ref().orElseThrow();
    Output<?> output = use == FeedUse.UNUSED ? graph.output(ref) : required(graph, ref, binding);
    if (output == null) {
      return; // what nothing depends on may have been pruned
    }
    Integer place = places.putIfAbsent(output, places.size());
    InputSlot slot =
        InputSlot.of(
            key.isEmpty() ? ref.toString() : key,
            output,
            spec.shape().orElse(null),
            place == null ? places.size() - 1 : place);
    if (place == null) {
      keys.add(slot.key());
    }
    slots.put(slot.key(), slot);
    if (key.isEmpty() && ref.index() == 0) {
      slots.putIfAbsent(ref.operation(), slot);
    }
    added.add(slot);
  }

  static Output<?> required(LoadedGraph graph, TensorRef ref, Binding binding) {
    Output<?> output = graph.output(ref);
    if (output == null) {
      String what = String.format("%s:%d", binding.model(), binding.version());
      throw Failures.load(
          what,
          "Declare the signature anew for this artifact: tfreg sign.",
          new IllegalStateException("its graph has no " + ref));
    }
    return output;
  }

  /** Each tensor that can be fed, with its place. */
  Map<Output<?>, Integer> places() {
    return places;
  }

  /** Whether a name is a key, or a composite's. */
  boolean hasKey(String name) {
    return slots.containsKey(name) || composites.containsKey(name);
  }

  /**
   * Feeds values by key.
   *
   * @param made takes the tensors that are made of plain values
   * @return the tensors that are fed, by place
   */
  Tensor[] feed(Session.Runner runner, Map<String, ?> values, TensorHolder made) {
    return feed(runner, values, made, places.size());
  }

  /** Does so where more tensors are fed besides, which have the places from those here on. */
  Tensor[] feed(
      Session.Runner runner, Map<String, ?> values, TensorHolder made, int numberOfPlaces) {
    Tensor[] fed = new Tensor[numberOfPlaces];
    for (Map.Entry<String, ?> entry : values.entrySet()) {
      InputSlot slot = slots.get(entry.getKey());
      if (slot != null) {
        feed(runner, slot, entry.getValue(), fed, made);
      } else {
        feedComposite(runner, entry.getKey(), entry.getValue(), fed, made);
      }
    }
    return fed;
  }

  private void feedComposite(
      Session.Runner runner, String key, Object value, Tensor[] fed, TensorHolder made) {
    Map<String, InputSlot> parts = composites.get(key);
    if (parts == null) {
      if (isUnused(key)) {
        return;
      }
      throw notFound(key);
    }
    Components.of(key, value, parts.keySet())
        .forEach(
            (part, tensor) -> {
              InputSlot slot = parts.get(part);
              if (slot != null) {
                feed(runner, slot, tensor, fed, made);
              }
            });
  }

  static void feed(
      Session.Runner runner, InputSlot slot, Object value, Tensor[] fed, TensorHolder made) {
    Tensor tensor = slot.tensor(value, made);
    Tensor before = fed[slot.place()];
    if (before == null) {
      fed[slot.place()] = tensor;
      runner.feed(slot.output(), tensor);
    } else if (before != tensor && !before.equals(tensor)) {
      throw fedTwice(slot.key(), slot.output().name());
    }
  }

  /** Refuses a run that leaves out what must be fed. */
  void requireAll(Tensor[] fed) {
    for (int place : required) {
      if (fed[place] == null) {
        throw missing(fed);
      }
    }
  }

  /** Whether a key is one whose placeholder was pruned. */
  private boolean isUnused(String key) {
    return binding.feeds().stream()
        .anyMatch(feed -> feed.use() == FeedUse.UNUSED && feed.tensor().key().equals(key));
  }

  /** Says what was meant by a key that is none. */
  TfregException notFound(String key) {
    try {
      binding.feed(key);
    } catch (TfregException said) {
      return said;
    }
    throw new IllegalStateException(key);
  }

  private TfregException missing(Tensor[] fed) {
    List<String> absent = new ArrayList<>();
    for (int place : required) {
      if (fed[place] == null) {
        absent.add(keys.get(place));
      }
    }
    String list = String.join(", ", absent);
    return Failures.of(
        TfregException.Kind.INVALID_ARGUMENT,
        "FEED_MISSING",
        String.format(
            "Signature '%s' of %s:%d needs %s.",
            binding.signature(), binding.model(), binding.version(), list),
        "Feed " + (absent.size() == 1 ? "it" : "them") + " too.",
        Map.of("missing", list));
  }

  static TfregException fedTwice(String key, String tensor) {
    return Failures.of(
        TfregException.Kind.INVALID_ARGUMENT,
        "FEED_TWICE",
        String.format("The tensor of '%s', %s, is fed twice with different values.", key, tensor),
        "Feed one of its keys.",
        Map.of("key", key, "tensor", tensor));
  }
}
