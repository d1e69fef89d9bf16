package dev.tfreg.client;

/**
 * Is told what happens to models. It is called by one thread at a time; the next event waits until
 * it returns.
 */
public interface WatchListener {
  /**
   * Something happened. Each event is told once, in the order of the commits. If this throws, the
   * watch ends and {@link #onFailed} is told why.
   */
  void onEvent(Event event);

  /**
   * The connection is there, or there again; what happened meanwhile is told next.
   *
   * @param sequence everything up to this number has been told before
   */
  default void onConnected(long sequence) {}

  /** The connection is lost. The watch connects again by itself, and misses nothing. */
  default void onDisconnected(TfregException cause) {}

  /**
   * The watch has ended. SEQUENCE_UNKNOWN: the registry never gave the number to start after,
   * because it is another one or an older backup; read the state anew and watch from now on.
   */
  default void onFailed(TfregException failure) {}
}
