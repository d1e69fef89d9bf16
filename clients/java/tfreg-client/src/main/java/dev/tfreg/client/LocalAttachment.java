package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.file.Path;

/** A file of this machine that is to be kept beside a version. */
@AutoValue
public abstract class LocalAttachment {
  LocalAttachment() {}

  static LocalAttachment of(String role, Path file) {
    return new AutoValue_LocalAttachment(role, file);
  }

  /** What it is for. */
  public abstract String role();

  /** The file. */
  public abstract Path file();
}
