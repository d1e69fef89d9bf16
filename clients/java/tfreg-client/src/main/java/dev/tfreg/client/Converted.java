package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A derived artifact of a version. */
@AutoValue
public abstract class Converted {
  Converted() {}

  static Builder builder() {
    return new AutoValue_Converted.Builder();
  }

  /** The model's name. */
  public abstract String model();

  /** The version. */
  public abstract long version();

  /** The artifact, {@code sha256:<hex>}. */
  public abstract String artifactDigest();

  /** Its format. */
  public abstract String format();

  /** Sum of its files' sizes. */
  public abstract long sizeBytes();

  /** Where it comes from. */
  public abstract Provenance provenance();

  /** What became of each logical key. */
  public abstract List<MappedName> names();

  /** How weights found their places; empty where none were matched. */
  public abstract Optional<WeightMatches> weights();

  /** What was lost or left over. */
  public abstract List<Diagnostic> notes();

  /** Whether source and result compute the same. */
  public abstract CheckResult check();

  /** When it was added to the version. */
  public abstract Instant createdAt();

  /** Signatures that the registry keeps beside an artifact whose format cannot hold them. */
  public abstract List<SignatureInfo> signatures();

  /** Operations to run once before the first call of any of these. */
  public abstract List<String> targets();

  /** The artifact as a reference, for {@link TfregClient#pull(String)}. */
  public final String artifactReference() {
    return model() + "@" + artifactDigest();
  }

  @AutoValue.Builder
  interface Builder {
    Builder model(String model);

    Builder version(long version);

    Builder artifactDigest(String artifactDigest);

    Builder format(String format);

    Builder sizeBytes(long sizeBytes);

    Builder provenance(Provenance provenance);

    Builder names(List<MappedName> names);

    Builder weights(WeightMatches weights);

    Builder notes(List<Diagnostic> notes);

    Builder check(CheckResult check);

    Builder createdAt(Instant createdAt);

    Builder signatures(List<SignatureInfo> signatures);

    Builder targets(List<String> targets);

    Converted build();
  }
}
