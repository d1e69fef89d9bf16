package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;

/** A model: a name under which versions are kept. */
@AutoValue
public abstract class ModelInfo {
  ModelInfo() {}

  static ModelInfo of(
      String name,
      OptionalLong newestVersion,
      long versionCount,
      Map<String, Long> aliases,
      Instant createdAt) {
    return new AutoValue_ModelInfo(
        name, newestVersion, versionCount, Map.copyOf(aliases), createdAt);
  }

  /** Its name, such as {@code team/bert}. */
  public abstract String name();

  /** Its newest version that is not deleted, if there is one. */
  public abstract OptionalLong newestVersion();

  /** How many versions it has, deleted ones not counted. */
  public abstract long versionCount();

  /** Which version each alias points at. */
  public abstract Map<String, Long> aliases();

  /** When its first version was made. */
  public abstract Instant createdAt();
}
