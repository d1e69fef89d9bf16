package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of a model as users write it: {@code team/name} (the newest), {@code team/name:7},
 * {@code team/name@prod} or {@code team/name@sha256:<hex>}. tests/vectors/references.json holds the
 * cases that all clients agree on.
 */
@AutoValue
public abstract class Reference {
  private static final int MAX_MODEL_LENGTH = 255;
  private static final long MAX_VERSION = (1L << 53) - 1;
  private static final String SEGMENT = "[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?";
  private static final Pattern GRAMMAR =
      Pattern.compile(
          "(?<model>"
              + SEGMENT
              + "(?:/"
              + SEGMENT
              + "){0,3})(?::(?<version>[1-9][0-9]{0,15})"
              + "|@(?<digest>sha256:[0-9a-f]{64})|@(?<alias>[a-z][a-z0-9._-]{0,127}))?");

  Reference() {}

  /**
   * Reads a reference.
   *
   * @throws TfregException with the reason REFERENCE_INVALID if {@code text} is none
   */
  public static Reference parse(String text) {
    Matcher match = GRAMMAR.matcher(text);
    // The length comes first: it bounds the work of the pattern.
    if (text.length() > 2 * MAX_MODEL_LENGTH || !match.matches()) {
      throw invalid(text);
    }
    String model = match.group("model");
    String version = match.group("version");
    if (model.length() > MAX_MODEL_LENGTH
        || model.contains("..")
        || (version != null && Long.parseLong(version) > MAX_VERSION)) {
      throw invalid(text);
    }
    return new AutoValue_Reference(
        model,
        version == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(version)),
        Optional.ofNullable(match.group("alias")),
        Optional.ofNullable(match.group("digest")));
  }

  /** Checks the name of a model alone. */
  static void checkModel(String name) {
    if (!parse(name).model().equals(name)) {
      throw invalid(name);
    }
  }

  /** The model's name. */
  public abstract String model();

  /** The version's number, if named. */
  public abstract OptionalLong version();

  /** The alias, if named. */
  public abstract Optional<String> alias();

  /** The artifact's digest, if named. */
  public abstract Optional<String> digest();

  /** Returns it as users write it. */
  @Override
  public final String toString() {
    if (version().isPresent()) {
      return model() + ":" + version().getAsLong();
    }
    return alias().or(this::digest).map(pointer -> model() + "@" + pointer).orElse(model());
  }

  private static TfregException invalid(String text) {
    String hint =
        "Write team/name, team/name:7, team/name@prod or team/name@sha256:<hex>, in lower case.";
    return new TfregException(
        TfregException.Kind.INVALID_ARGUMENT,
        "REFERENCE_INVALID",
        "'" + text.substring(0, Math.min(400, text.length())) + "' is not a reference. " + hint,
        Map.of("hint", hint));
  }
}
