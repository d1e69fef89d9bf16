package dev.tfreg.tensorflow;

import org.tensorflow.Session;

/**
 * A run that is put together step by step, as {@link Session.Runner} is, but by keys. A name that
 * is no key is taken as the graph's own ({@code dropout/keep_prob:0}), so that programs can move
 * over line by line.
 */
public interface KeyedRunner {
  /** Feeds a key: a tensor, which stays the caller's, or a plain value. The last one counts. */
  KeyedRunner feed(String key, Object value);

  /** Fetches a key. Without any, all outputs of the signature are fetched. */
  KeyedRunner fetch(String key);

  /** Runs an operation of the graph without fetching it. */
  KeyedRunner addTarget(String operation);

  /**
   * Runs. It may be run again, with what was fed and fetched so far.
   *
   * @throws dev.tfreg.client.TfregException as {@link SignatureRunner#run(java.util.Map)}, but
   *     whether an input is missing only TensorFlow says; OPERATION_NOT_FOUND
   */
  Outputs run();
}
