package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a conversion would do. */
@AutoValue
public abstract class ConversionPlan {
  ConversionPlan() {}

  static Builder builder() {
    return new AutoValue_ConversionPlan.Builder();
  }

  /** Format of what is converted. */
  public abstract String sourceFormat();

  /** The way, in order. */
  public abstract List<Step> steps();

  /** Digest of the artifact if this conversion was made already. */
  public abstract Optional<String> storedDigest();

  /** A step of a plan. */
  @AutoValue
  public abstract static class Step {
    Step() {}

    static Step of(
        String name, String source, String target, String by, Duration cost, List<String> loses) {
      return new AutoValue_ConversionPlan_Step(name, source, target, by, cost, List.copyOf(loses));
    }

    /** Name of the route. */
    public abstract String name();

    /** Format that it starts from. */
    public abstract String source();

    /** What it makes. */
    public abstract String target();

    /** {@code rewrite} or {@code tensorflow}. */
    public abstract String by();

    /** About what it costs for a model of 100 MB. */
    public abstract Duration cost();

    /** What the result has no longer, a clause each. */
    public abstract List<String> loses();
  }

  @AutoValue.Builder
  interface Builder {
    Builder sourceFormat(String sourceFormat);

    Builder steps(List<Step> steps);

    Builder storedDigest(String storedDigest);

    ConversionPlan build();
  }
}
