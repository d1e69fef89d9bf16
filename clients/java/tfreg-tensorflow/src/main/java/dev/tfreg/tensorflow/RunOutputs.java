package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.tensorflow.Tensor;
import org.tensorflow.types.family.TType;

/** The tensors of a run, freed when this is closed and not touched any more from then on. */
final class RunOutputs implements Outputs {
  /** Place of each key's tensor; several keys may share one. */
  private final Map<String, Integer> places;

  private final Tensor[] tensors;
  private final Function<String, TfregException> notFound;
  private volatile boolean closed;

  RunOutputs(
      Map<String, Integer> places, Tensor[] tensors, Function<String, TfregException> notFound) {
    this.places = places;
    this.tensors = tensors;
    this.notFound = notFound;
  }

  @Override
  public Set<String> keys() {
    return Collections.unmodifiableSet(places.keySet());
  }

  @Override
  public Tensor tensor(String key) {
    return GuardedTensor.of(find(key), () -> isOpen(key));
  }

  @Override
  public <T extends TType> T tensor(String key, Class<T> type) {
    Tensor tensor = find(key);
    if (!type.isInstance(tensor)) {
      throw otherType(key, tensor, type);
    }
    return type.cast(GuardedTensor.of(tensor, () -> isOpen(key)));
  }

  @Override
  public Object value(String key) {
    return value(key, Object.class);
  }

  @Override
  // synchronized: another thread's close() waits until the value is copied.
  @SuppressWarnings("unchecked") // int.class and Integer.class are both a Class<Integer>
  public synchronized <T> T value(String key, Class<T> wanted) {
    Tensor tensor = find(key);
    ElementType type = ElementType.of(tensor);
    if (tensor.shape().size() > Integer.MAX_VALUE - 8) {
      throw otherType(key, tensor, wanted); // no array is so long
    }
    Class<?> element = PlainValues.elementOf(wanted, tensor.shape().numDimensions(), type);
    if (element == null) {
      throw otherType(key, tensor, wanted);
    }
    return (T) PlainValues.of(tensor, type, element);
  }

  private Tensor find(String key) {
    Integer place = places.get(key);
    if (place == null) {
      throw notFound.apply(key);
    }
    isOpen(key);
    return tensors[place];
  }

  private void isOpen(String key) {
    if (closed) {
      throw Failures.outputsClosed(key);
    }
  }

  private static TfregException otherType(String key, Tensor tensor, Class<?> wanted) {
    ElementType type = ElementType.of(tensor);
    int rank = tensor.shape().numDimensions();
    String plain = PlainValues.classOf(rank, type).getSimpleName();
    Map<String, String> facts = new HashMap<>();
    facts.put("key", key);
    facts.put("dtype", type.toString());
    facts.put("shape", tensor.shape().toString());
    facts.put("wanted", wanted.getSimpleName());
    return Failures.of(
        TfregException.Kind.INVALID_ARGUMENT,
        "VALUE_INVALID",
        String.format(
            "The output '%s' is %s %s, not %s.", key, type, tensor.shape(), wanted.getSimpleName()),
        String.format(
            "Take it as %s.class, or as a tensor as %s.class.",
            plain, type.tensorClass().getSimpleName()),
        facts);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Tensor tensor : tensors) {
      tensor.close();
    }
  }
}
