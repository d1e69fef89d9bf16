package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Map;

/** How weights found their places. */
@AutoValue
public abstract class WeightMatches {
  WeightMatches() {}

  static Builder builder() {
    return new AutoValue_WeightMatches.Builder();
  }

  /** {@code name}, {@code path} or {@code order}. */
  public abstract String by();

  /** What each stored tensor fills, by its name. */
  public abstract Map<String, String> matched();

  /** Places that nothing was found for. */
  public abstract List<String> missing();

  /** Weights that no place asks for. */
  public abstract List<String> leftOver();

  /** Places whose weight has another shape or dtype, with both. */
  public abstract List<String> misshaped();

  @AutoValue.Builder
  interface Builder {
    Builder by(String by);

    Builder matched(Map<String, String> matched);

    Builder missing(List<String> missing);

    Builder leftOver(List<String> leftOver);

    Builder misshaped(List<String> misshaped);

    WeightMatches build();
  }
}
