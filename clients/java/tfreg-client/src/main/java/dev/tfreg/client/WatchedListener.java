package dev.tfreg.client;

/** Is told whether the answers of {@link WatchedBindings} can be relied on. */
public interface WatchedListener {
  /** The registry cannot be heard: the last known answers are given from now on. */
  default void onStale(TfregException cause) {}

  /** The registry is heard again; what happened meanwhile is told now. */
  default void onFresh() {}
}
