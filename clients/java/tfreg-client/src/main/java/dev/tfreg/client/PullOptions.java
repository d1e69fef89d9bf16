package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What to pull, and where to. */
@AutoValue
public abstract class PullOptions {
  PullOptions() {}

  /** Starts options for a reference: the pushed artifact, kept in the cache, no attachments. */
  public static Builder builder(String reference) {
    return new AutoValue_PullOptions.Builder()
        .reference(reference)
        .formats()
        .convert(false)
        .destinationIsFolder(false)
        .attachments(false);
  }

  /** What to pull: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** Formats that the caller can use, best first; empty: the pushed one, whatever it is. */
  public abstract List<String> formats();

  /**
   * Whether to have it converted if the version has none of {@link #formats}: to the first that a
   * way leads to. The call waits for it.
   */
  public abstract boolean convert();

  /** Where to copy it; empty: it is used from the cache and must not be changed. */
  public abstract Optional<Path> destination();

  /** Whether the destination is the folder even of an artifact that is one file. */
  public abstract boolean destinationIsFolder();

  /** Whether to pull the version's attachments too. */
  public abstract boolean attachments();

  /** Builds {@link PullOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder formats(List<String> formats);

    /** Sets {@link PullOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    /** Sets {@link PullOptions#convert}. */
    public abstract Builder convert(boolean convert);

    /**
     * Copies the artifact to this path. It is the file's own path if the artifact is one file (a
     * frozen graph, say) and the path is not an existing folder; else the folder of the files.
     */
    public abstract Builder destination(Path destination);

    /** Copies the artifact into this folder, even if it is one file. */
    public final Builder destinationFolder(Path folder) {
      return destination(folder).destinationIsFolder(true);
    }

    abstract Builder destinationIsFolder(boolean isFolder);

    /** Sets {@link PullOptions#attachments}. */
    public abstract Builder attachments(boolean attachments);

    /** Returns the options. */
    public abstract PullOptions build();
  }
}
