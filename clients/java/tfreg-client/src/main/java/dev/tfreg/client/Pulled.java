package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.file.Path;
import java.util.List;

/** A model on this machine's disk, complete and verified. */
@AutoValue
public abstract class Pulled {
  Pulled() {}

  static Pulled of(
      String model,
      long version,
      String format,
      String artifactDigest,
      Path path,
      List<PulledAttachment> attachments) {
    return new AutoValue_Pulled(
        model, version, format, artifactDigest, path, List.copyOf(attachments));
  }

  /** The model's name. */
  public abstract String model();

  /** The version that the reference stood for. */
  public abstract long version();

  /** The artifact's format, such as {@code saved_model}. */
  public abstract String format();

  /** The artifact's digest, {@code sha256:<hex>}. */
  public abstract String artifactDigest();

  /** What a loader is given: the folder, or the file of an artifact that is one file. */
  public abstract Path path();

  /** The attachments, if they were asked for. */
  public abstract List<PulledAttachment> attachments();
}
