package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;

/**
 * Hears what becomes of a model that follows its alias. Called one at a time, from a thread of the
 * follower's own.
 */
public interface FollowListener {
  /** A new version has taken over; runs of the old one have ended and it is freed. */
  default void swapped(LoadedModel before, LoadedModel after) {}

  /**
   * A new version was not taken: it could not be loaded, or failed the self-test. The old one
   * serves on.
   */
  default void refused(LoadedModel current, long refusedVersion, TfregException reason) {}

  /** The registry is not heard; the loaded model serves on. */
  default void disconnected(TfregException reason) {}

  /** The registry is heard again. */
  default void connected() {}
}
