package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/** How {@link WatchedBindings} are kept. */
@AutoValue
public abstract class WatchedOptions {
  WatchedOptions() {}

  /** Starts options: 10,000 bindings, and nobody is told. */
  public static Builder builder() {
    return new AutoValue_WatchedOptions.Builder()
        .maxBindings(10_000)
        .listener(new WatchedListener() {});
  }

  /** Most answers to keep; those that were not used lately make room. */
  public abstract int maxBindings();

  /** Who is told when answers become stale, and fresh again. */
  public abstract WatchedListener listener();

  /** Builds {@link WatchedOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** Sets {@link WatchedOptions#maxBindings}; at least 1. */
    public abstract Builder maxBindings(int maxBindings);

    /** Sets {@link WatchedOptions#listener}. */
    public abstract Builder listener(WatchedListener listener);

    abstract WatchedOptions autoBuild();

    /** Returns the options. */
    public final WatchedOptions build() {
      WatchedOptions options = autoBuild();
      if (options.maxBindings() < 1) {
        throw new IllegalArgumentException("maxBindings must be at least 1.");
      }
      return options;
    }
  }
}
