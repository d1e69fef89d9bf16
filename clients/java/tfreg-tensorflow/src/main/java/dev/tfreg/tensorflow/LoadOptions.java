package dev.tfreg.tensorflow;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tensorflow.proto.ConfigProto;

/** What to load, and how. */
public final class LoadOptions {
  private final String reference;
  private final List<String> formats;
  private final List<String> tags;
  private final boolean convert;
  private final boolean preflight;
  private final ConfigProto configProto;

  private LoadOptions(Builder builder) {
    this.reference = builder.reference;
    this.formats = builder.formats;
    this.tags = builder.tags;
    this.convert = builder.convert;
    this.preflight = builder.preflight;
    this.configProto = builder.configProto;
  }

  /** Starts the settings for a reference such as {@code team/bert@prod}. */
  public static Builder builder(String reference) {
    return new Builder(reference);
  }

  /** What to load. */
  public String reference() {
    return reference;
  }

  /** Formats to take, best first; empty: all that this runtime loads. */
  public List<String> formats() {
    return formats;
  }

  /** The tag set; empty: the only one, else {@code serve}. */
  public List<String> tags() {
    return tags;
  }

  /** Whether the registry may convert where it has no format that this runtime loads. */
  public boolean convert() {
    return convert;
  }

  /** Whether the registry is asked first if all ops, attributes and dtypes fit this runtime. */
  public boolean preflight() {
    return preflight;
  }

  /** How the session is set up: threads, devices, memory. */
  public ConfigProto configProto() {
    return configProto;
  }

  /** Builds {@link LoadOptions}. */
  public static final class Builder {
    private final String reference;
    private List<String> formats = List.of();
    private List<String> tags = List.of();
    private boolean convert;
    private boolean preflight = true;
    private ConfigProto configProto = ConfigProto.newBuilder().setAllowSoftPlacement(true).build();

    private Builder(String reference) {
      this.reference = Objects.requireNonNull(reference);
    }

    /** Sets {@link LoadOptions#formats}. */
    public Builder formats(String... formats) {
      this.formats = List.copyOf(Arrays.asList(formats));
      return this;
    }

    /** Sets {@link LoadOptions#tags}. */
    public Builder tags(String... tags) {
      this.tags = List.copyOf(Arrays.asList(tags));
      return this;
    }

    /** Lets the registry convert a model that is stored in no format that this runtime loads. */
    public Builder convert(boolean convert) {
      this.convert = convert;
      return this;
    }

    /** Sets {@link LoadOptions#preflight}; default true. */
    public Builder preflight(boolean preflight) {
      this.preflight = preflight;
      return this;
    }

    /**
     * Sets how sessions are set up, those of later versions that take over too. Default: as
     * TensorFlow does, but what a graph places on a GPU runs on a machine without one
     * (allow_soft_placement).
     */
    public Builder configProto(ConfigProto configProto) {
      this.configProto = Objects.requireNonNull(configProto);
      return this;
    }

    /** Returns the settings. */
    public LoadOptions build() {
      return new LoadOptions(this);
    }
  }
}
