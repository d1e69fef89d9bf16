package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Duration;
import java.util.List;

/** What a server can do. */
@AutoValue
public abstract class Capabilities {
  Capabilities() {}

  static Capabilities of(
      String serverVersion,
      List<String> apiVersions,
      List<Format> formats,
      List<Route> conversions,
      ServerLimits limits) {
    return new AutoValue_Capabilities(
        serverVersion, List.copyOf(apiVersions), formats, conversions, limits);
  }

  /** Version of the server's software, such as {@code 0.1.0}. */
  public abstract String serverVersion();

  /** The API versions that it serves, such as {@code v1}. */
  public abstract List<String> apiVersions();

  /** The formats that it understands. */
  public abstract List<Format> formats();

  /** The conversions that it offers, one a route. */
  public abstract List<Route> conversions();

  /** Its limits. */
  public abstract ServerLimits limits();

  /** What a server can do with a format. */
  @AutoValue
  public abstract static class Format {
    Format() {}

    static Format of(String name, boolean resolves) {
      return new AutoValue_Capabilities_Format(name, resolves);
    }

    /** The format's name, such as {@code saved_model}. */
    public abstract String name();

    /** Whether {@link TfregClient#resolve(String)} can answer for it. */
    public abstract boolean resolves();
  }

  /** A conversion that a server offers. */
  @AutoValue
  public abstract static class Route {
    Route() {}

    static Route of(
        String name,
        List<String> sources,
        String target,
        String by,
        Duration cost,
        List<String> loses,
        List<String> options,
        List<String> inputs) {
      return new AutoValue_Capabilities_Route(
          name, sources, target, by, cost, loses, options, inputs);
    }

    /** Its name. */
    public abstract String name();

    /** Formats that it starts from. */
    public abstract List<String> sources();

    /** What it makes; see {@link ConvertOptions#target}. */
    public abstract String target();

    /** {@code rewrite} or {@code tensorflow}. */
    public abstract String by();

    /** About what it costs for a model of 100 MB. */
    public abstract Duration cost();

    /** What the result has no longer, a clause each. */
    public abstract List<String> loses();

    /** Names of the {@link ConversionSettings} that it takes, as the API writes them. */
    public abstract List<String> options();

    /** Roles of further inputs that it takes. */
    public abstract List<String> inputs();
  }
}
