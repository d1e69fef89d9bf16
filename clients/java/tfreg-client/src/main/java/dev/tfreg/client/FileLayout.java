package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** A file, and the extents that make it up, in order and without gaps. */
@AutoValue
abstract class FileLayout {
  static FileLayout of(ManifestFile file, List<Extent> extents) {
    return new AutoValue_FileLayout(file, List.copyOf(extents));
  }

  abstract ManifestFile file();

  abstract List<Extent> extents();

  /** Returns where each extent starts in the file. */
  long[] places() {
    long[] places = new long[extents().size()];
    for (int index = 1; index < places.length; index++) {
      places[index] = places[index - 1] + extents().get(index - 1).lengthBytes();
    }
    return places;
  }
}
