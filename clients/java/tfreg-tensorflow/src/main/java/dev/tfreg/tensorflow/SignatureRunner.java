package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.TfregException;
import java.util.Collection;
import java.util.Map;

/** Runs one signature of a model. It stays usable while the model follows an alias. */
public interface SignatureRunner {
  /** The names behind the keys, of the version that is loaded now. */
  Binding binding();

  /**
   * Runs the signature and fetches all its outputs that TensorFlow Java has tensors for.
   *
   * @param inputs by key: tensors, which stay the caller's, or plain values: boxed scalars, arrays
   *     or lists of them in any number of dimensions, NdArrays, a ByteBuffer of the elements in
   *     little-endian order. Shape and dtype must be the signature's; a plain value of another type
   *     is taken where each number is the same one in the signature's dtype ({@code int[]} for
   *     int64), and {@code float} is rounded to floats of 16 bits. A sparse or ragged input is
   *     given as a map of its components, by keys such as {@code words/values}, or as a
   *     SparseTensor. What has a default in the graph, or is not used, may be left out; a
   *     placeholder that no key names is fed by its name.
   * @throws TfregException FEED_NOT_FOUND, FEED_MISSING, FEED_TWICE, VALUE_INVALID (which key, what
   *     is wanted, what was given), RUN_FAILED with what TensorFlow says, or MODEL_CLOSED
   */
  Outputs run(Map<String, ?> inputs);

  /**
   * Runs what the named outputs need. Whether an input is missing only TensorFlow says then.
   *
   * @param outputs keys of the signature
   * @throws TfregException as {@link #run(Map)}, and FETCH_NOT_FOUND
   */
  Outputs run(Map<String, ?> inputs, Collection<String> outputs);
}
