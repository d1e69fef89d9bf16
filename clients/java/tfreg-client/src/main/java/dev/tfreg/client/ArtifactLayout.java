package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** The files of an artifact and what they are made of; sorted by the path's UTF-8 bytes. */
@AutoValue
abstract class ArtifactLayout {
  static ArtifactLayout of(String digest, String format, List<FileLayout> files) {
    return new AutoValue_ArtifactLayout(digest, format, List.copyOf(files));
  }

  abstract String digest();

  abstract String format();

  abstract List<FileLayout> files();

  /** Whether a loader is given the file itself; a SavedModel is a folder in any case. */
  boolean isOneFile() {
    return files().size() == 1 && !format().equals("saved_model");
  }
}
