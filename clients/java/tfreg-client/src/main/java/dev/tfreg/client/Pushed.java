package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** What a push did. */
@AutoValue
public abstract class Pushed {
  Pushed() {}

  static Pushed of(
      VersionInfo version,
      boolean created,
      List<Diagnostic> problems,
      long sizeBytes,
      long sentBytes,
      long sentBlobs) {
    return new AutoValue_Pushed(
        version, created, List.copyOf(problems), sizeBytes, sentBytes, sentBlobs);
  }

  /** The version, new or found. */
  public abstract VersionInfo version();

  /** Whether the version is new; the same artifact again is the same version. */
  public abstract boolean created();

  /** What is wrong with the artifact, or may be. */
  public abstract List<Diagnostic> problems();

  /** Size of the artifact and its attachments. */
  public abstract long sizeBytes();

  /** How many bytes went over the wire, those repeated after a broken stream too. */
  public abstract long sentBytes();

  /** How many blobs the server lacked. */
  public abstract long sentBlobs();
}
