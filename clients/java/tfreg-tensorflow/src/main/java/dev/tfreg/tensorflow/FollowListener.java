package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;

/**
 * Hears what becomes of a model that follows its alias. Called one at a time, from a thread of the
 * follower's own; what it throws is logged. What happens while it is being told waits, and of
 * several moves meanwhile the last one counts.
 */
public interface FollowListener {
  /**
   * A new version has taken over. Runs of the old one have ended and it is freed, unless they last
   * longer than {@link FollowOptions#drain}; then it is freed when they end.
   */
  default void swapped(LoadedModel before, LoadedModel after) {}

  /**
   * A new version was not taken: it could not be loaded, has another interface, or failed the
   * self-test. The old one serves on. It is tried again when the alias moves again, and after a
   * while if the reason is one that passes, such as UNAVAILABLE.
   *
   * @param refusedVersion 0 if the reference stands for no version at present
   */
  default void refused(LoadedModel current, long refusedVersion, TfregException reason) {}

  /** The registry is not heard; the loaded model serves on. */
  default void disconnected(TfregException reason) {}

  /** The registry is heard: for the first time, or again. */
  default void connected() {}
}
