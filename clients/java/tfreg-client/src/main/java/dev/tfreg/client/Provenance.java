package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Map;

/** Where a derived artifact comes from. */
@AutoValue
public abstract class Provenance {
  Provenance() {}

  static Builder builder() {
    return new AutoValue_Provenance.Builder();
  }

  /** The artifact that was converted. */
  public abstract String sourceDigest();

  /** Its format. */
  public abstract String sourceFormat();

  /** To what it was converted. */
  public abstract String target();

  /** Names of the routes taken, in order. */
  public abstract List<String> steps();

  /** What the caller said. */
  public abstract ConversionSettings settings();

  /** Digests of what else went in, by role. */
  public abstract Map<String, String> inputs();

  /** Versions of what did the work. */
  public abstract Map<String, String> tools();

  @AutoValue.Builder
  interface Builder {
    Builder sourceDigest(String sourceDigest);

    Builder sourceFormat(String sourceFormat);

    Builder target(String target);

    Builder steps(List<String> steps);

    Builder settings(ConversionSettings settings);

    Builder inputs(Map<String, String> inputs);

    Builder tools(Map<String, String> tools);

    Provenance build();
  }
}
