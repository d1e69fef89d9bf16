package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** Whether a runtime can load and run an artifact. */
@AutoValue
public abstract class Diagnosis {
  Diagnosis() {}

  static Diagnosis of(
      String model,
      long version,
      String artifactDigest,
      String format,
      List<Diagnostic> diagnostics,
      boolean fits) {
    return new AutoValue_Diagnosis(
        model, version, artifactDigest, format, List.copyOf(diagnostics), fits);
  }

  /** The model's name. */
  public abstract String model();

  /** The version. */
  public abstract long version();

  /** Digest of the artifact that was looked at. */
  public abstract String artifactDigest();

  /** Its format. */
  public abstract String format();

  /**
   * What does not fit (severity error), or may not. At most 100; the last one says how many there
   * are more.
   */
  public abstract List<Diagnostic> diagnostics();

  /** Whether nothing of severity error was found. */
  public abstract boolean fits();
}
