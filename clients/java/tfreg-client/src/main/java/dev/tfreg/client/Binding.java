package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The names to feed and to fetch, for one artifact and one signature.
 *
 * <pre>{@code
 * TensorRef images = binding.feed("images");
 * TensorRef scores = binding.fetch("scores");
 * session.runner()
 *     .feed(images.operation(), images.index(), tensor)
 *     .fetch(scores.operation(), scores.index())
 *     .run();
 * }</pre>
 */
@AutoValue
public abstract class Binding {
  Binding() {}

  static Builder builder() {
    return new AutoValue_Binding.Builder();
  }

  /** The model's name. */
  public abstract String model();

  /** The version that the reference stood for. */
  public abstract long version();

  /** What this answer is pinned by; opaque. The same revision is the same answer. */
  public abstract String revision();

  /** Digest of the artifact that the names belong to; pull {@link #artifactReference}. */
  public abstract String artifactDigest();

  /** The artifact's format, such as {@code saved_model}. */
  public abstract String format();

  /** The tag set, to be given to {@code SavedModelBundle.load}. */
  public abstract List<String> tags();

  /**
   * The tag set that the artifact's own loader knows; other than {@link #tags} only if a declared
   * signature says so.
   */
  public abstract List<String> loaderTags();

  /**
   * Digest of what a caller's code depends on in this signature: keys, dtypes and shapes. Empty if
   * no signature says so.
   */
  public abstract String signatureFingerprint();

  /** The signature's key; empty if there is none. */
  public abstract String signature();

  /** The signature's method name. */
  public abstract String methodName();

  /** What to feed, sorted by key; tensors without a key last. */
  public abstract List<Feed> feeds();

  /** What to fetch: in the order asked for, else sorted by key. */
  public abstract List<TensorSpec> fetches();

  /** What the loader runs. */
  public abstract Targets targets();

  /** Whether no signature says so and the names were read off the graph; see diagnostics. */
  public abstract boolean guessed();

  /** What the caller should know. */
  public abstract List<Diagnostic> diagnostics();

  /** Returns the reference of exactly this artifact, whatever aliases do in the meantime. */
  public String artifactReference() {
    return model() + "@" + artifactDigest();
  }

  /**
   * Returns the tensor to feed for a key.
   *
   * @throws TfregException if there is no such key, or no one tensor for it
   */
  public TensorRef feed(String key) {
    return KeyLookup.find(
        "feed", key, feeds().stream().map(Feed::tensor).collect(Collectors.toList()), this);
  }

  /**
   * Returns the tensor to fetch for a key.
   *
   * @throws TfregException if there is no such key, or no one tensor for it
   */
  public TensorRef fetch(String key) {
    return KeyLookup.find("fetch", key, fetches(), this);
  }

  @AutoValue.Builder
  interface Builder {
    Builder model(String model);

    Builder version(long version);

    Builder revision(String revision);

    Builder artifactDigest(String artifactDigest);

    Builder format(String format);

    Builder tags(List<String> tags);

    Builder loaderTags(List<String> loaderTags);

    Builder signatureFingerprint(String signatureFingerprint);

    Builder signature(String signature);

    Builder methodName(String methodName);

    Builder feeds(List<Feed> feeds);

    Builder fetches(List<TensorSpec> fetches);

    Builder targets(Targets targets);

    Builder guessed(boolean guessed);

    Builder diagnostics(List<Diagnostic> diagnostics);

    Binding build();
  }
}
