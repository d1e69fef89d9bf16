package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Arrays;
import java.util.List;

/** What to resolve, and for whom. */
@AutoValue
public abstract class ResolveOptions {
  ResolveOptions() {}

  /** Starts options for a reference; everything else has the server's default. */
  public static Builder builder(String reference) {
    return new AutoValue_ResolveOptions.Builder()
        .reference(reference)
        .formats()
        .signature("")
        .tags()
        .outputs()
        .convert(false)
        .runtime("");
  }

  /** What to resolve: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** Formats that the caller can load, best first; empty: the pushed one, whatever it is. */
  public abstract List<String> formats();

  /** Signature key; empty: {@code serving_default}, else the only callable one. */
  public abstract String signature();

  /** Tag set, matched as a whole; empty: the only one, else exactly {@code serve}. */
  public abstract List<String> tags();

  /** Outputs wanted, keys or tensors such as {@code fc3:0}; empty: all keys. */
  public abstract List<String> outputs();

  /**
   * Convert if the version has no artifact in any of {@link #formats}: to the first of them that a
   * way leads to. The call waits for it, for up to an hour longer than others.
   */
  public abstract boolean convert();

  /**
   * Who asks: the digest that {@link TfregClient#registerRuntime} returned; empty: not said.
   * Without {@link #formats} those of the runtime are meant.
   */
  public abstract String runtime();

  /** Builds {@link ResolveOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder formats(List<String> formats);

    /** Sets {@link ResolveOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    /** Sets {@link ResolveOptions#signature}. */
    public abstract Builder signature(String signature);

    abstract Builder tags(List<String> tags);

    /** Sets {@link ResolveOptions#tags}. */
    public final Builder tags(String... tags) {
      return tags(List.copyOf(Arrays.asList(tags)));
    }

    abstract Builder outputs(List<String> outputs);

    /** Sets {@link ResolveOptions#outputs}. */
    public final Builder outputs(String... outputs) {
      return outputs(List.copyOf(Arrays.asList(outputs)));
    }

    /** Sets {@link ResolveOptions#convert}. */
    public abstract Builder convert(boolean convert);

    /** Sets {@link ResolveOptions#runtime}. */
    public abstract Builder runtime(String runtime);

    /** Returns the options. */
    public abstract ResolveOptions build();
  }
}
