package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A version of a model. */
@AutoValue
public abstract class VersionInfo {
  VersionInfo() {}

  static Builder builder() {
    return new AutoValue_VersionInfo.Builder();
  }

  /** The model's name. */
  public abstract String model();

  /** Its number: 1, 2, 3, ... */
  public abstract long number();

  /** Digest of the artifact that was pushed, {@code sha256:<hex>}. */
  public abstract String artifactDigest();

  /** Format of that artifact. */
  public abstract String format();

  /** Size of that artifact. */
  public abstract long sizeBytes();

  /** The aliases that point at it, sorted. */
  public abstract List<String> aliases();

  /** The files kept beside it. */
  public abstract List<AttachmentInfo> attachments();

  /** What the pusher said about it. */
  public abstract Map<String, String> labels();

  /** When it was made. */
  public abstract Instant createdAt();

  /** When it was deleted; empty if it is not. */
  public abstract Optional<Instant> deletedAt();

  @AutoValue.Builder
  interface Builder {
    Builder model(String model);

    Builder number(long number);

    Builder artifactDigest(String artifactDigest);

    Builder format(String format);

    Builder sizeBytes(long sizeBytes);

    Builder aliases(List<String> aliases);

    Builder attachments(List<AttachmentInfo> attachments);

    Builder labels(Map<String, String> labels);

    Builder createdAt(Instant createdAt);

    Builder deletedAt(Instant deletedAt);

    VersionInfo build();
  }
}
