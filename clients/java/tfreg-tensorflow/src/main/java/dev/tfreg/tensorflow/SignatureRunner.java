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
   * Runs the signature and fetches all its outputs.
   *
   * @param inputs by key: tensors, which stay the caller's, or plain values ({@code float}, {@code
   *     int[]}, {@code float[][]}, {@code String[]}, ...), whose dtype and shape must be the
   *     signature's. A composite input is given by its components' keys.
   * @throws TfregException with a reason that says which key, dtype or shape does not fit, or why
   *     the run failed
   */
  Outputs run(Map<String, ?> inputs);

  /**
   * Runs what the named outputs need.
   *
   * @param outputs keys of the signature
   */
  Outputs run(Map<String, ?> inputs, Collection<String> outputs);
}
