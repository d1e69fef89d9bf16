package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What to push, and what to say about it. */
@AutoValue
public abstract class PushOptions {
  PushOptions() {}

  /**
   * Starts options.
   *
   * @param path a file, or a folder: all files below it are pushed. Which files of a training
   *     folder belong to a model only Python's client and the {@code tfreg} command decide; give a
   *     folder here that holds one model and nothing else.
   * @param model the model's name, such as {@code team/bert}; made if there is none
   */
  public static Builder builder(Path path, String model) {
    return new AutoValue_PushOptions.Builder()
        .path(path)
        .model(model)
        .aliases()
        .labels(Map.of())
        .format("")
        .allowBroken(false);
  }

  /** The file or folder. */
  public abstract Path path();

  /** The model's name. */
  public abstract String model();

  /** Aliases to point at the version. */
  public abstract List<String> aliases();

  /** What to say about a version that is made, such as {@code commit}. */
  public abstract Map<String, String> labels();

  /** Files to keep beside the version. */
  public abstract List<LocalAttachment> attachments();

  /** The format; empty: recognised by content. */
  public abstract String format();

  /** Whether to store a model that cannot be used. */
  public abstract boolean allowBroken();

  /** The newest version that the caller knows of; 0: none; empty: whatever it is. */
  public abstract OptionalLong expectedNewestVersion();

  /** Builds {@link PushOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    private final List<LocalAttachment> attached = new ArrayList<>();

    Builder() {}

    abstract Builder path(Path path);

    abstract Builder model(String model);

    abstract Builder aliases(List<String> aliases);

    /** Sets {@link PushOptions#aliases}. */
    public final Builder aliases(String... aliases) {
      return aliases(List.copyOf(Arrays.asList(aliases)));
    }

    /** Sets {@link PushOptions#labels}. */
    public abstract Builder labels(Map<String, String> labels);

    abstract Builder attachments(List<LocalAttachment> attachments);

    /**
     * Keeps a file beside the version.
     *
     * @param role what it is for: {@code labels}, {@code vocabulary}, {@code samples}, {@code
     *     readme}, or a word of your own
     */
    public final Builder attachment(String role, Path file) {
      attached.add(LocalAttachment.of(role, file));
      return this;
    }

    /** Sets {@link PushOptions#format}. */
    public abstract Builder format(String format);

    /** Sets {@link PushOptions#allowBroken}. */
    public abstract Builder allowBroken(boolean allowBroken);

    /** Sets {@link PushOptions#expectedNewestVersion}; 0: the model has no version. */
    public abstract Builder expectedNewestVersion(long expectedNewestVersion);

    abstract Map<String, String> labels();

    abstract PushOptions autoBuild();

    /** Returns the options. */
    public final PushOptions build() {
      return labels(Map.copyOf(labels())).attachments(List.copyOf(attached)).autoBuild();
    }
  }
}
