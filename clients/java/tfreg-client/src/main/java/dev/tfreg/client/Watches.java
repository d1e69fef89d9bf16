package dev.tfreg.client;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The watches of one client, which end with it. */
final class Watches {
  private final Calls calls;
  private final Duration longestSilence;
  private volatile boolean closed;
  private final Set<WatchLoop> open = ConcurrentHashMap.newKeySet();

  /**
   * Makes none yet.
   *
   * @param longestSilence after which a connection counts as lost
   */
  Watches(Calls calls, Duration longestSilence) {
    this.calls = calls;
    this.longestSilence = longestSilence;
  }

  /** Returns a watch that is to be started. */
  WatchLoop loop(WatchOptions options, WatchSink sink) {
    WatchLoop loop = new WatchLoop(calls, options, longestSilence, sink, open::remove);
    open.add(loop);
    if (closed) {
      loop.close();
    }
    return loop;
  }

  Watching listen(WatchOptions options, WatchListener listener) {
    return new ListenedWatch(this, options, listener);
  }

  EventStream stream(WatchOptions options) {
    return new QueuedEvents(this, options);
  }

  void close() {
    closed = true;
    open.forEach(WatchLoop::close);
  }
}
