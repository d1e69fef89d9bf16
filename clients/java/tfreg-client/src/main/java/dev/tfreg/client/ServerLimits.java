package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Duration;

/** The limits of a server. A request that passes one is refused with the limit named. */
@AutoValue
public abstract class ServerLimits {
  private static final int DEFAULT_BLOBS_PER_REQUEST = 1000;
  private static final long DEFAULT_MESSAGE_BYTES = 4L << 20;

  ServerLimits() {}

  static ServerLimits of(
      long maxMessageBytes,
      long maxBlobBytes,
      int maxBlobsPerRequest,
      int maxManifestFiles,
      int maxPageSize,
      long maxCommitBytes,
      Duration leasePeriod,
      Duration undeletePeriod) {
    return new AutoValue_ServerLimits(
        orElse(maxMessageBytes, DEFAULT_MESSAGE_BYTES),
        orElse(maxBlobBytes, Long.MAX_VALUE),
        (int) orElse(maxBlobsPerRequest, DEFAULT_BLOBS_PER_REQUEST),
        (int) orElse(maxManifestFiles, Integer.MAX_VALUE),
        (int) orElse(maxPageSize, Integer.MAX_VALUE),
        orElse(maxCommitBytes, Long.MAX_VALUE),
        leasePeriod,
        undeletePeriod);
  }

  /** Largest message that it takes or sends. */
  public abstract long maxMessageBytes();

  /** Largest blob; larger files are cut. */
  public abstract long maxBlobBytes();

  /** Most blobs that it is asked for at once. */
  public abstract int maxBlobsPerRequest();

  /** Most files of an artifact. */
  public abstract int maxManifestFiles();

  /** Largest page of a list. */
  public abstract int maxPageSize();

  /** Largest description of a new version: its files and the blobs that they consist of. */
  public abstract long maxCommitBytes();

  /** How long blobs that were sent wait for their commit. */
  public abstract Duration leasePeriod();

  /** How long a deleted version can be undeleted. */
  public abstract Duration undeletePeriod();

  /** A limit that a server does not tell is none, or what every server takes. */
  private static long orElse(long told, long otherwise) {
    return told > 0 ? told : otherwise;
  }
}
