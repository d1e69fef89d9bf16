package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TString;

/**
 * What is fetched for some keys. A tensor is fetched once whatever the number of its keys, and one
 * that is fed is not fetched at all: TensorFlow refuses both.
 */
final class Fetching {
  /** Place of each key's tensor in {@link #distinct}. */
  private final Map<String, Integer> places;

  private final Output<?>[] distinct;

  /** Place among the feeds of each of {@link #distinct}; -1: it cannot be fed. */
  private final int[] fedPlaces;

  private final boolean maybeFed;

  private Fetching(Map<String, Integer> places, Output<?>[] distinct, int[] fedPlaces) {
    this.places = places;
    this.distinct = distinct;
    this.fedPlaces = fedPlaces;
    boolean any = false;
    for (int place : fedPlaces) {
      any |= place >= 0;
    }
    this.maybeFed = any;
  }

  /**
   * Returns what is fetched.
   *
   * @param wanted outputs by key
   * @param feeds the tensors that can be fed, with their places
   */
  static Fetching of(Map<String, Output<?>> wanted, Map<Output<?>, Integer> feeds) {
    Map<Output<?>, Integer> distinct = new LinkedHashMap<>();
    Map<String, Integer> places = new LinkedHashMap<>();
    wanted.forEach(
        (key, output) -> {
          distinct.putIfAbsent(output, distinct.size());
          places.put(key, distinct.get(output));
        });
    List<Output<?>> outputs = new ArrayList<>(distinct.keySet());
    int[] fedPlaces = outputs.stream().mapToInt(one -> feeds.getOrDefault(one, -1)).toArray();
    return new Fetching(places, outputs.toArray(new Output<?>[0]), fedPlaces);
  }

  /** Place of each key's tensor among those that {@link #run} returns. */
  Map<String, Integer> places() {
    return places;
  }

  /**
   * Runs what has been fed, and returns the tensors in the order of {@link #places}.
   *
   * @param fed by place; null where nothing is fed
   */
  Tensor[] run(Session.Runner runner, Tensor[] fed) {
    for (int index = 0; index < distinct.length; index++) {
      if (!isFed(index, fed)) {
        runner.fetch(distinct[index]);
      }
    }
    Tensor[] tensors = new Tensor[distinct.length];
    if (!runner.isEmpty()) {
      Result result = runner.run(); // its tensors are closed one by one
      int next = 0;
      for (int index = 0; index < distinct.length; index++) {
        if (!isFed(index, fed)) {
          tensors[index] = result.get(next++);
        }
      }
    }
    if (maybeFed) {
      addFed(tensors, fed);
    }
    return tensors;
  }

  private void addFed(Tensor[] tensors, Tensor[] fed) {
    try {
      for (int index = 0; index < distinct.length; index++) {
        if (isFed(index, fed)) {
          tensors[index] = copy(fed[fedPlaces[index]]);
        }
      }
    } catch (RuntimeException | Error failure) {
      for (Tensor tensor : tensors) {
        if (tensor != null) {
          tensor.close();
        }
      }
      throw failure;
    }
  }

  private boolean isFed(int index, Tensor[] fed) {
    return maybeFed && fedPlaces[index] >= 0 && fed[fedPlaces[index]] != null;
  }

  /** The caller's tensor may be closed before the outputs are. */
  private static Tensor copy(Tensor fed) {
    if (fed instanceof TString) {
      return TString.tensorOfBytes(((TString) fed).asBytes());
    }
    Shape shape = fed.shape();
    return Tensor.of(ElementType.of(fed).tensorClass(), shape, fed.asRawTensor().data());
  }

  /** Refuses outputs of dtypes that TensorFlow Java has no tensors of. */
  static TfregException notHeld(String key, String dtype) {
    Map<String, String> facts = new HashMap<>();
    facts.put("key", key);
    facts.put("dtype", dtype);
    return Failures.of(
        TfregException.Kind.FAILED_PRECONDITION,
        "VALUE_INVALID",
        String.format(
            "The output '%s' is %s, of which TensorFlow Java has no tensors.", key, dtype),
        "Fetch another output, or export the model with a tf.cast of this one.",
        facts);
  }
}
