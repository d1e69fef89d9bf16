package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.file.Path;

/** An attachment on this machine's disk. */
@AutoValue
public abstract class PulledAttachment {
  PulledAttachment() {}

  static PulledAttachment of(String role, Path path) {
    return new AutoValue_PulledAttachment(role, path);
  }

  /** What it is for. */
  public abstract String role();

  /** The file. */
  public abstract Path path();
}
