package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Arrays;
import java.util.List;

/** Which artifact to have as bytes. */
@AutoValue
public abstract class BytesOptions {
  BytesOptions() {}

  /** Starts options: the version's frozen graph, if it has one. */
  public static Builder builder(String reference) {
    return new AutoValue_BytesOptions.Builder()
        .reference(reference)
        .formats("frozen_graph")
        .convert(false)
        .maxBytes(Integer.MAX_VALUE - 8);
  }

  /** What is asked about: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** Formats that the caller can use, best first; each must be one file. Empty: the pushed one. */
  public abstract List<String> formats();

  /** Whether to have it converted if the version has none of the formats; the call waits for it. */
  public abstract boolean convert();

  /** The most bytes to take into memory. */
  public abstract int maxBytes();

  /** Builds {@link BytesOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder formats(List<String> formats);

    /** Sets {@link BytesOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    /** Sets {@link BytesOptions#convert}. */
    public abstract Builder convert(boolean convert);

    /** Sets {@link BytesOptions#maxBytes}. */
    public abstract Builder maxBytes(int maxBytes);

    /** Returns the options. */
    public abstract BytesOptions build();
  }
}
