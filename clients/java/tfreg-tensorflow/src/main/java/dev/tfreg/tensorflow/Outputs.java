package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.Set;
import org.tensorflow.Tensor;
import org.tensorflow.types.family.TType;

/**
 * The outputs of a run, by key; a sparse or ragged output by its components, {@code key/component}.
 * Its tensors are freed when it is closed; plain values stay.
 */
public interface Outputs extends AutoCloseable {
  /** The keys. */
  Set<String> keys();

  /**
   * Returns an output. It, and what is taken out of it ({@code tensor.get(0)}), is usable until
   * this is closed; after that its methods throw OUTPUTS_CLOSED too, rather than read freed memory.
   * Only raw buffers are not watched: {@code tensor.asRawTensor().data()}. Closing the tensor
   * itself does nothing.
   *
   * @throws TfregException FETCH_NOT_FOUND, or OUTPUTS_CLOSED after {@link #close}
   */
  Tensor tensor(String key);

  /**
   * Returns an output in its type.
   *
   * @throws TfregException VALUE_INVALID if it has another type; and as {@link #tensor(String)}
   */
  <T extends TType> T tensor(String key, Class<T> type);

  /**
   * Returns an output as a plain value: a boxed number, {@code Boolean} or {@code String} if it is
   * a scalar, else arrays such as {@code float[][]} or {@code String[]}. The floats of 16 bits are
   * {@code float}, the unsigned integers {@code int}.
   *
   * @throws TfregException as {@link #tensor(String)}
   */
  Object value(String key);

  /**
   * Returns an output as a plain value of this type, such as {@code float[][].class}. Texts can be
   * taken as their bytes ({@code byte[][].class} for a vector of them), uint8 as {@code byte}.
   *
   * @throws TfregException VALUE_INVALID if it is of another rank or dtype; and as {@link
   *     #tensor(String)}
   */
  <T> T value(String key, Class<T> type);

  @Override
  void close();
}
