package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Feed;
import dev.tfreg.client.TensorRef;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * Fetches by the keys of a signature, for programs that keep a session of their own. Two keys of
 * one tensor fetch it once. What TensorFlow Java cannot hold or would refuse, as a tensor that is
 * an input itself, is not fetched unless it is asked for. {@link Feeds} shows the use.
 */
public final class Fetches {
  private final Map<String, Integer> places;
  private final TensorRef[] fetched;
  private final Binding binding;

  private Fetches(Map<String, Integer> places, TensorRef[] fetched, Binding binding) {
    this.places = places;
    this.fetched = fetched;
    this.binding = binding;
  }

  /**
   * Fetches outputs.
   *
   * @param outputs keys; none: all outputs
   * @throws TfregException FETCH_NOT_FOUND if there is no output of that key; GRAPH_DIFFERS if the
   *     session's graph is not the binding's
   */
  public static Fetches apply(Session.Runner runner, Binding binding, String... outputs) {
    List<String> wanted = Arrays.asList(outputs);
    Map<String, TensorRef> refs = wanted.isEmpty() ? all(binding) : named(binding, wanted);
    Map<TensorRef, Integer> distinct = new LinkedHashMap<>();
    Map<String, Integer> places = new LinkedHashMap<>();
    refs.forEach(
        (key, ref) -> {
          if (distinct.putIfAbsent(ref, distinct.size()) == null) {
            fetch(runner, ref, key);
          }
          places.put(key, distinct.get(ref));
        });
    return new Fetches(places, distinct.keySet().toArray(new TensorRef[0]), binding);
  }

  private static void fetch(Session.Runner runner, TensorRef ref, String key) {
    try {
      runner.fetch(ref.operation(), ref.index());
    } catch (IllegalArgumentException | IndexOutOfBoundsException absent) {
      throw Failures.otherGraph(key, ref, absent);
    }
  }

  private static Map<String, TensorRef> all(Binding binding) {
    Set<TensorRef> fed = new HashSet<>();
    for (Feed feed : binding.feeds()) {
      feed.tensor().ref().ifPresent(fed::add);
      feed.tensor().components().forEach(part -> part.ref().ifPresent(fed::add));
    }
    Map<String, TensorRef> refs = new LinkedHashMap<>();
    specs(binding)
        .forEach(
            (key, spec) -> {
              boolean isHeld = spec.dtype().isEmpty() || ElementType.named(spec.dtype()) != null;
              spec.ref()
                  .filter(ref -> isHeld && !fed.contains(ref))
                  .ifPresent(ref -> refs.put(key, ref));
            });
    return refs;
  }

  private static Map<String, TensorRef> named(Binding binding, List<String> wanted) {
    Map<String, TensorSpec> specs = specs(binding);
    Map<String, TensorRef> refs = new LinkedHashMap<>();
    for (String key : wanted) {
      TensorSpec spec = specs.get(key);
      refs.put(key, spec == null ? binding.fetch(key) : spec.ref().orElseThrow());
    }
    return refs;
  }

  private static Map<String, TensorSpec> specs(Binding binding) {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    for (TensorSpec spec : binding.fetches()) {
      spec.ref()
          .ifPresent(ref -> specs.put(spec.key().isEmpty() ? ref.toString() : spec.key(), spec));
      for (TensorSpec part : spec.components()) {
        part.ref().ifPresent(ref -> specs.put(spec.key() + "/" + part.key(), part));
      }
    }
    return specs;
  }

  /**
   * Returns the result of the run by key. Closing the outputs frees the whole result, with what
   * else was fetched in that run.
   *
   * @param result of the runner that this was applied to
   */
  public Outputs of(Result result) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorRef ref : fetched) {
      tensors.put(ref.toString(), null);
    }
    result.forEach(entry -> tensors.put(entry.getKey(), entry.getValue()));
    return new RunOutputs(places, tensors.values().toArray(new Tensor[0]), this::notFetched);
  }

  private TfregException notFetched(String key) {
    try {
      binding.fetch(key);
    } catch (TfregException said) {
      return said;
    }
    return SignatureOutputs.notFetched(key);
  }
}
