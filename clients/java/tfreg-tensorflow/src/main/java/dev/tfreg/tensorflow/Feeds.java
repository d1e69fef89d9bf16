package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Feed;
import dev.tfreg.client.TensorRef;
import dev.tfreg.client.TensorSpec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * Feeds a session's runner by the keys of a signature, for programs that keep a session of their
 * own.
 *
 * <pre>{@code
 * Session.Runner runner = session.runner();
 * Fetches fetches = Fetches.apply(runner, binding);
 * try (Feeds feeds = Feeds.apply(runner, binding, Map.of("input_ids", ids));
 *     Outputs outputs = fetches.of(runner.run())) {
 *   float[][] scores = outputs.value("probabilities", float[][].class);
 * }
 * }</pre>
 *
 * <p>Closing it frees the tensors that were made of plain values; the run must have ended by then.
 */
public final class Feeds implements AutoCloseable {
  private final TensorHolder made;

  private Feeds(TensorHolder made) {
    this.made = made;
  }

  /**
   * Feeds values by key.
   *
   * @param inputs as {@link SignatureRunner#run(Map)} takes them
   * @throws dev.tfreg.client.TfregException FEED_NOT_FOUND, FEED_TWICE, VALUE_INVALID, or
   *     GRAPH_DIFFERS if the session's graph is not the binding's; nothing that was made of plain
   *     values is left then
   */
  public static Feeds apply(Session.Runner runner, Binding binding, Map<String, ?> inputs) {
    Map<String, TensorSpec> specs = specs(binding);
    Map<TensorRef, Object> fed = new HashMap<>();
    TensorHolder made = new TensorHolder();
    try {
      flat(inputs, binding)
          .forEach(
              (key, value) -> {
                TensorSpec spec = specs.get(key);
                TensorRef ref = spec == null ? binding.feed(key) : spec.ref().orElseThrow();
                Object before = fed.put(ref, value);
                if (before == null) {
                  feed(runner, ref, key, InputSlot.of(key, spec).tensor(value, made));
                } else if (!Objects.deepEquals(before, value)) {
                  throw SignatureInputs.fedTwice(key, ref.toString());
                }
              });
      return new Feeds(made);
    } catch (RuntimeException failure) {
      made.close();
      throw failure;
    }
  }

  private static void feed(Session.Runner runner, TensorRef ref, String key, Tensor tensor) {
    try {
      runner.feed(ref.operation(), ref.index(), tensor);
    } catch (IllegalArgumentException | IndexOutOfBoundsException absent) {
      throw Failures.otherGraph(key, ref, absent);
    }
  }

  /** The tensors to feed: by key, by {@code key/component}, or by name where they have no key. */
  private static Map<String, TensorSpec> specs(Binding binding) {
    Map<String, TensorSpec> specs = new HashMap<>();
    for (Feed feed : binding.feeds()) {
      TensorSpec spec = feed.tensor();
      spec.ref()
          .ifPresent(ref -> specs.put(spec.key().isEmpty() ? ref.toString() : spec.key(), spec));
      for (TensorSpec part : spec.components()) {
        part.ref().ifPresent(ref -> specs.put(spec.key() + "/" + part.key(), part));
      }
    }
    return specs;
  }

  /** Puts the components of composite inputs under keys of their own. */
  private static Map<String, Object> flat(Map<String, ?> inputs, Binding binding) {
    Map<String, Object> flat = new LinkedHashMap<>(inputs);
    for (Feed feed : binding.feeds()) {
      String key = feed.tensor().key();
      if (!feed.tensor().components().isEmpty() && flat.containsKey(key)) {
        Map<String, TensorSpec> parts = new LinkedHashMap<>();
        feed.tensor().components().forEach(part -> parts.put(part.key(), part));
        Components.of(key, flat.remove(key), parts.keySet())
            .forEach((part, value) -> flat.put(key + "/" + part, value));
      }
    }
    return flat;
  }

  @Override
  public void close() {
    made.close();
  }
}
