package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.Set;
import org.tensorflow.Session;

/**
 * A loaded model that is fed and fetched by the keys of its signatures. It may be used by any
 * number of threads; closing it waits for the runs that are under way.
 *
 * <pre>{@code
 * try (BoundModel model = TfregModels.load(client, "team/bert@prod");
 *     Outputs out = model.signature().run(Map.of("input_ids", ids))) {
 *   float[][] scores = out.value("probabilities", float[][].class);
 * }
 * }</pre>
 */
public interface BoundModel extends AutoCloseable {
  /** What is loaded now: version, format, digest, and the way it was loaded. */
  LoadedModel loaded();

  /** The keys of the signatures that can be run; one without a key has the key "". */
  Set<String> signatureKeys();

  /**
   * Returns the signature that callers mean who name none: {@code serving_default}, or the only
   * one.
   */
  SignatureRunner signature();

  /**
   * Returns a signature by its key.
   *
   * @throws TfregException SIGNATURE_NOT_FOUND if there is none of that key; the message says which
   *     there are
   */
  SignatureRunner signature(String key);

  /**
   * Starts a run of single tensors by the keys of the default signature, or by their names in the
   * graph, as {@link Session#runner} does.
   */
  KeyedRunner runner();

  /**
   * Does so by the keys of another signature.
   *
   * @throws TfregException SIGNATURE_NOT_FOUND
   */
  KeyedRunner runner(String signature);

  /**
   * Begins to follow the alias that was loaded, or the newest version if none was named: a new
   * version takes over once it has proved itself. Callers rely on the interface of the version that
   * serves now, so one that lacks any of its signatures, inputs or outputs is not taken.
   *
   * @throws TfregException FOLLOWED_ALREADY; MODEL_CLOSED; NEVER_MOVES if a version or a digest was
   *     loaded
   */
  Following follow(FollowOptions options);

  /** Begins to follow the alias with the default settings. */
  default Following follow() {
    return follow(FollowOptions.builder().build());
  }

  /** Frees the model. Runs that are under way end first; later ones fail with MODEL_CLOSED. */
  @Override
  void close();
}
