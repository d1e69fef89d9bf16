package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/** A tensor, and the key that callers shall know it by. */
@AutoValue
public abstract class NamedTensor {
  NamedTensor() {}

  /** Names a tensor by the signature's own key, else by its node's name. */
  public static NamedTensor of(String tensor) {
    return of(tensor, "");
  }

  /** Names a tensor by a key. */
  public static NamedTensor of(String tensor, String key) {
    return new AutoValue_NamedTensor(tensor, key);
  }

  /** A key of the signature, a node ({@code x}) or a tensor ({@code x:0}). */
  public abstract String tensor();

  /** The key; empty: the signature's own, else the node's name. */
  public abstract String key();
}
