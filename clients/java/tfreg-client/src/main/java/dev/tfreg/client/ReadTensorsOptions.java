package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which values to read. */
@AutoValue
public abstract class ReadTensorsOptions {
  private static final long DEFAULT_MAX_BYTES = 1L << 30;

  ReadTensorsOptions() {}

  /** Starts options: values of the pushed artifact, 1 GiB at most. */
  public static Builder builder(String reference) {
    return new AutoValue_ReadTensorsOptions.Builder()
        .reference(reference)
        .formats()
        .maxBytes(DEFAULT_MAX_BYTES);
  }

  /** Of what: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** Formats that the caller can use, best first; empty: the pushed one. */
  public abstract List<String> formats();

  /** What to read of it. */
  public abstract List<TensorSelection> tensors();

  /** The most bytes that all values together may take in memory. */
  public abstract long maxBytes();

  /** Builds {@link ReadTensorsOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    private final List<TensorSelection> selected = new ArrayList<>();

    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder formats(List<String> formats);

    /** Sets {@link ReadTensorsOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    abstract Builder tensors(List<TensorSelection> tensors);

    /** Reads a whole tensor. */
    public final Builder tensor(String name) {
      return tensor(TensorSelection.of(name));
    }

    /** Reads a tensor or a box of it. */
    public final Builder tensor(TensorSelection selection) {
      selected.add(selection);
      return this;
    }

    /** Sets {@link ReadTensorsOptions#maxBytes}. */
    public abstract Builder maxBytes(long maxBytes);

    abstract ReadTensorsOptions autoBuild();

    /** Returns the options. */
    public final ReadTensorsOptions build() {
      return tensors(List.copyOf(selected)).autoBuild();
    }
  }
}
