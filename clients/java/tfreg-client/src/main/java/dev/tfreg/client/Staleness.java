package dev.tfreg.client;

import java.time.Instant;
import java.util.Optional;

/** Since when the registry has not been heard, and who is told. */
final class Staleness {
  private final WatchedListener listener;
  private volatile Optional<Instant> since = Optional.empty();

  // Both are guarded by this.
  private boolean deaf;
  private boolean unanswered;

  Staleness(WatchedListener listener) {
    this.listener = listener;
  }

  Optional<Instant> since() {
    return since;
  }

  /** The watch has no connection. */
  synchronized void lost(TfregException cause) {
    deaf = true;
    update(cause);
  }

  /** The watch has a connection. */
  synchronized void connected() {
    deaf = false;
    unanswered = false;
    update(null);
  }

  /** The registry was asked, and is away. */
  synchronized void unanswered(TfregException cause) {
    unanswered = true;
    update(cause);
  }

  /** The registry was asked, and answered. */
  synchronized void answered() {
    unanswered = false;
    update(null);
  }

  private void update(TfregException cause) {
    boolean stale = deaf || unanswered;
    if (stale && since.isEmpty()) {
      since = Optional.of(Instant.now());
      tell(() -> listener.onStale(cause));
    } else if (!stale && since.isPresent()) {
      since = Optional.empty();
      tell(listener::onFresh);
    }
  }

  /** What a listener throws must not end the watch. */
  private static void tell(Runnable telling) {
    try {
      telling.run();
    } catch (RuntimeException thrown) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }
  }
}
