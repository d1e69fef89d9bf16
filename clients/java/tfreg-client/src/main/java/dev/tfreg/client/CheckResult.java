package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;

/** What running source and result of a conversion on the same inputs showed. */
@AutoValue
public abstract class CheckResult {
  CheckResult() {}

  static Builder builder() {
    return new AutoValue_CheckResult.Builder();
  }

  /** Whether source and result compute the same. */
  public enum State {
    /** Nobody knows; {@link CheckResult#reason} says why. */
    UNCHECKED,
    /** They do, within {@link CheckResult#tolerance}. */
    EQUAL,
    /** They do not. */
    FAILED
  }

  /** Whether they compute the same. */
  public abstract State state();

  /** Why it is unchecked, or what differed. */
  public abstract String reason();

  /** The largest difference of any output; empty if it was not measured. */
  public abstract OptionalDouble maxAbsDifference();

  /** Up to which it counts as equal. */
  public abstract double tolerance();

  /** What they were run on: {@code samples}, {@code warm-up requests}, {@code generated}. */
  public abstract String inputs();

  /** When; empty if it was not. */
  public abstract Optional<Instant> checkedAt();

  @AutoValue.Builder
  interface Builder {
    Builder state(State state);

    Builder reason(String reason);

    Builder maxAbsDifference(double maxAbsDifference);

    Builder tolerance(double tolerance);

    Builder inputs(String inputs);

    Builder checkedAt(Instant checkedAt);

    CheckResult build();
  }
}
