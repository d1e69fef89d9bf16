package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Arrays;
import java.util.List;

/** What to inspect. */
@AutoValue
public abstract class InspectOptions {
  InspectOptions() {}

  /** Starts options: the pushed artifact. */
  public static Builder builder(String reference) {
    return new AutoValue_InspectOptions.Builder().reference(reference).formats();
  }

  /** What is asked about: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** Formats that the caller can use, best first; empty: the pushed one. */
  public abstract List<String> formats();

  /** Builds {@link InspectOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder formats(List<String> formats);

    /** Sets {@link InspectOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    /** Returns the options. */
    public abstract InspectOptions build();
  }
}
