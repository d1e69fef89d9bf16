package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What to convert, and how. */
@AutoValue
public abstract class ConvertOptions {
  ConvertOptions() {}

  /**
   * Starts options.
   *
   * @param reference what to convert; one with a digest starts from that artifact
   * @param target to what: {@code saved_model}, {@code frozen_graph}, {@code tflite}, ...; {@link
   *     TfregClient#capabilities} lists them
   */
  public static Builder builder(String reference, String target) {
    return new AutoValue_ConvertOptions.Builder()
        .reference(reference)
        .target(target)
        .settings(ConversionSettings.builder().build())
        .check(Check.LATER)
        .timeout(Conversions.LONGEST);
  }

  /** When source and result are run on the same inputs and compared. */
  public enum Check {
    /** In the background, after the answer. */
    LATER,
    /** Before the answer. */
    WAIT,
    /** Never. */
    NONE
  }

  /** What to convert. */
  public abstract String reference();

  /** To what. */
  public abstract String target();

  /** Signature, inputs, outputs, shapes and more. */
  public abstract ConversionSettings settings();

  /** What else goes in. */
  public abstract List<Input> inputs();

  /** When the result is checked. */
  public abstract Check check();

  /** How long to wait. The conversion goes on if nobody waits; asking again finds it. */
  public abstract Duration timeout();

  /** Something else that goes into a conversion, by one of three ways. */
  @AutoValue
  public abstract static class Input {
    Input() {}

    static Input of(String role, From from, String place) {
      return new AutoValue_ConvertOptions_Input(role, from, place);
    }

    /** What an input is. */
    public enum From {
      /** A version in the registry. */
      REFERENCE,
      /** A file or folder of this machine. */
      PATH,
      /** A file attached to the version. */
      ATTACHMENT
    }

    /** What it is for: {@code graph}, {@code architecture}, {@code weights}, {@code samples}. */
    public abstract String role();

    /** What it is. */
    public abstract From from();

    /** The reference, the path, or the attachment's role. */
    public abstract String place();
  }

  /** Builds {@link ConvertOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    private final List<Input> given = new ArrayList<>();

    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder target(String target);

    abstract Builder inputs(List<Input> inputs);

    /** Sets {@link ConvertOptions#settings}. */
    public abstract Builder settings(ConversionSettings settings);

    /** Adds a version of the registry, such as the graph that goes with a checkpoint. */
    public final Builder input(String role, String reference) {
      given.add(Input.of(role, Input.From.REFERENCE, reference));
      return this;
    }

    /** Adds a file or folder of this machine; it is sent, and not kept as a version. */
    public final Builder input(String role, Path path) {
      given.add(Input.of(role, Input.From.PATH, path.toString()));
      return this;
    }

    /** Adds a file that is attached to the version. */
    public final Builder attachedInput(String role, String attachmentRole) {
      given.add(Input.of(role, Input.From.ATTACHMENT, attachmentRole));
      return this;
    }

    /** Sets {@link ConvertOptions#check}. */
    public abstract Builder check(Check check);

    /** Sets {@link ConvertOptions#timeout}. */
    public abstract Builder timeout(Duration timeout);

    abstract ConvertOptions autoBuild();

    /** Returns the options. */
    public final ConvertOptions build() {
      return inputs(List.copyOf(given)).autoBuild();
    }
  }
}
