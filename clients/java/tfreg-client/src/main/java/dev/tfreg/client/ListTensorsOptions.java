package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Arrays;
import java.util.List;

/** Which tensors of an artifact to list. */
@AutoValue
public abstract class ListTensorsOptions {
  ListTensorsOptions() {}

  /** Starts options: all tensors of the pushed artifact, without digests. */
  public static Builder builder(String reference) {
    return new AutoValue_ListTensorsOptions.Builder()
        .reference(reference)
        .formats()
        .prefix("")
        .withDigests(false);
  }

  /** What is asked about: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** Formats that the caller can use, best first; empty: the pushed one. */
  public abstract List<String> formats();

  /** Only tensors whose name or path starts so; empty: all. */
  public abstract String prefix();

  /** Whether to fill in {@link StoredTensor#digest}; the server may have to read the tensors. */
  public abstract boolean withDigests();

  /** Builds {@link ListTensorsOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder formats(List<String> formats);

    /** Sets {@link ListTensorsOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    /** Sets {@link ListTensorsOptions#prefix}. */
    public abstract Builder prefix(String prefix);

    /** Sets {@link ListTensorsOptions#withDigests}. */
    public abstract Builder withDigests(boolean withDigests);

    /** Returns the options. */
    public abstract ListTensorsOptions build();
  }
}
