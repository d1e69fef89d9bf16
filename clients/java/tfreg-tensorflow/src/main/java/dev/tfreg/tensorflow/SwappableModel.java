package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A model whose version can be exchanged while it runs. A run belongs to the version that was there
 * when it began; nothing waits for an exchange.
 */
final class SwappableModel implements BoundModel {
  private final Loader loader;
  private final LoadOptions options;

  /** The version that serves; null once this is closed. */
  private final AtomicReference<Generation> current;

  /** The last version that served, for what may be asked of a closed model too. */
  private volatile LoadedModel loaded;

  /** Who exchanges the version; null if nobody does. */
  private final AtomicReference<Follower> follower = new AtomicReference<>();

  SwappableModel(Loader loader, LoadOptions options, Generation first) {
    this.loader = loader;
    this.options = options;
    this.current = new AtomicReference<>(first);
    this.loaded = first.loaded();
  }

  /** What loads further versions. */
  Loader loader() {
    return loader;
  }

  /** What was loaded, and how. */
  LoadOptions options() {
    return options;
  }

  /**
   * Lets another version take over.
   *
   * @return the version before; the caller closes it, which waits for its runs
   * @throws dev.tfreg.client.TfregException MODEL_CLOSED; {@code next} then stays the caller's
   */
  Generation swap(Generation next) {
    while (true) {
      Generation before = current();
      if (current.compareAndSet(before, next)) {
        loaded = next.loaded();
        return before;
      }
    }
  }

  /** Returns the version that serves now. */
  Generation current() {
    Generation generation = current.get();
    if (generation == null) {
      throw Failures.modelClosed(options.reference());
    }
    return generation;
  }

  /** Returns the version that serves now, with a run begun that the caller ends. */
  Generation enter() {
    while (true) {
      Generation generation = current();
      if (generation.enter()) {
        return generation;
      }
      Thread.onSpinWait(); // it was exchanged in between
    }
  }

  Outputs run(String key, Map<String, ?> inputs, Collection<String> outputs) {
    Generation generation = enter();
    try {
      return generation.plan(key).run(inputs, outputs);
    } finally {
      generation.leave();
    }
  }

  @Override
  public LoadedModel loaded() {
    return loaded;
  }

  @Override
  public Set<String> signatureKeys() {
    return current().signatureKeys();
  }

  @Override
  public SignatureRunner signature() {
    current().plan(null);
    return new ModelSignature(this, null);
  }

  @Override
  public SignatureRunner signature(String key) {
    current().plan(key);
    return new ModelSignature(this, key);
  }

  @Override
  public KeyedRunner runner() {
    return new ModelRunner(this, null);
  }

  @Override
  public KeyedRunner runner(String key) {
    current().plan(key);
    return new ModelRunner(this, key);
  }

  @Override
  public Following follow(FollowOptions followOptions) {
    Follower next = new Follower(this, followOptions, ended -> follower.compareAndSet(ended, null));
    if (!follower.compareAndSet(null, next)) {
      throw Failures.of(
          TfregException.Kind.FAILED_PRECONDITION,
          "FOLLOWED_ALREADY",
          String.format("The model %s follows its alias already.", options.reference()),
          "Close what follow() returned before, or use that one.",
          Map.of("reference", options.reference()));
    }
    try {
      next.start();
    } catch (RuntimeException | Error failure) {
      next.close();
      throw failure;
    }
    if (current.get() == null) {
      next.close(); // the model was closed in between
    }
    return next;
  }

  @Override
  public void close() {
    Follower following = follower.get();
    if (following != null) {
      following.close();
    }
    Generation last = current.getAndSet(null);
    if (last != null) {
      last.close();
    }
  }
}
