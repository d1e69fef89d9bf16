package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Arrays;
import java.util.List;

/** Which artifact to compare with which runtime. */
@AutoValue
public abstract class DiagnoseOptions {
  DiagnoseOptions() {}

  /**
   * Starts options.
   *
   * @param runtime the digest that {@link TfregClient#registerRuntime} returned
   */
  public static Builder builder(String reference, String runtime) {
    return new AutoValue_DiagnoseOptions.Builder()
        .reference(reference)
        .runtime(runtime)
        .formats()
        .tags();
  }

  /** What to look at: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** The digest that {@link TfregClient#registerRuntime} returned. */
  public abstract String runtime();

  /** Formats that the caller can load, best first; empty: those of the runtime. */
  public abstract List<String> formats();

  /** Tag set, matched as a whole; empty: the only one, else exactly {@code serve}. */
  public abstract List<String> tags();

  /** Builds {@link DiagnoseOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder runtime(String runtime);

    abstract Builder formats(List<String> formats);

    /** Sets {@link DiagnoseOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    abstract Builder tags(List<String> tags);

    /** Sets {@link DiagnoseOptions#tags}. */
    public final Builder tags(String... tags) {
      return tags(List.copyOf(Arrays.asList(tags)));
    }

    /** Returns the options. */
    public abstract DiagnoseOptions build();
  }
}
