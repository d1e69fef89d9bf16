package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/** Of which models to be told, and from when on. */
@AutoValue
public abstract class WatchOptions {
  WatchOptions() {}

  /** Starts options: all models, from now on. */
  public static Builder builder() {
    return new AutoValue_WatchOptions.Builder().models(List.of()).prefix("");
  }

  /** Returns options for these models, from now on. */
  public static WatchOptions ofModels(String... models) {
    return builder().models(models).build();
  }

  /**
   * Only these models; they need not exist yet. Together with {@link #prefix}: those that either
   * names. Both empty: all models.
   */
  public abstract List<String> models();

  /** Only models whose names start so. */
  public abstract String prefix();

  /**
   * Tell what came after this sequence number; 0: everything from the first event on. Empty: from
   * now on, which is when the connection is there.
   */
  public abstract OptionalLong afterSequence();

  /** Builds {@link WatchOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder models(List<String> models);

    /** Sets {@link WatchOptions#models}. */
    public final Builder models(String... models) {
      return models(List.of(models));
    }

    /** Sets {@link WatchOptions#models}. */
    public final Builder models(Collection<String> models) {
      return models(List.copyOf(models));
    }

    /** Sets {@link WatchOptions#prefix}. */
    public abstract Builder prefix(String prefix);

    /** Sets {@link WatchOptions#afterSequence}. */
    public abstract Builder afterSequence(long sequence);

    /** Returns the options. */
    public abstract WatchOptions build();
  }
}
