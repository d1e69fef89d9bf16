package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/** A tensor to feed. */
@AutoValue
public abstract class Feed {
  Feed() {}

  static Feed of(TensorSpec tensor, FeedUse use) {
    return new AutoValue_Feed(tensor, use);
  }

  /** The tensor. Its key is empty for a placeholder that is needed but that no signature names. */
  public abstract TensorSpec tensor();

  /** Whether it must be fed. */
  public abstract FeedUse use();
}
