package dev.tfreg.client;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Bytes of blobs that lie on the disk already, in artifacts of the cache. */
final class KnownBytes {
  /** Versions that share blobs are mostly near each other in time. */
  private static final int ARTIFACTS_LOOKED_AT = 64;

  private final Map<String, List<Source>> sources = new HashMap<>();

  private KnownBytes() {}

  /** Looks for bytes of some blobs. */
  static KnownBytes of(Set<String> blobs, CacheFolders cache) throws IOException {
    KnownBytes known = new KnownBytes();
    if (!blobs.isEmpty()) {
      for (Path artifact : cache.newestArtifacts(ARTIFACTS_LOOKED_AT)) {
        LayoutJson.read(CacheFolders.layoutFile(artifact))
            .ifPresent(layout -> known.add(layout, CacheFolders.tree(artifact), blobs));
      }
    }
    return known;
  }

  /** Writes an extent with bytes of the disk, if they are there; else does nothing. */
  void copyTo(ExtentWriter writer, IncomingArtifact.Place place, Extent wanted) {
    for (Source source : sources.getOrDefault(wanted.blob(), List.of())) {
      if (source.extent.offsetBytes() <= wanted.offsetBytes()
          && wanted.offsetBytes() + wanted.lengthBytes()
              <= source.extent.offsetBytes() + source.extent.lengthBytes()) {
        long position = source.place + wanted.offsetBytes() - source.extent.offsetBytes();
        try (FileChannel file =
            FileChannel.open(source.file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
          writer.copy(place, file, position);
          return;
        } catch (IOException gone) {
          // Somebody deleted it. The next one, or the server, has the bytes too.
        }
      }
    }
  }

  private void add(ArtifactLayout layout, Path tree, Set<String> blobs) {
    for (FileLayout file : layout.files()) {
      long[] places = file.places();
      for (int index = 0; index < places.length; index++) {
        Extent extent = file.extents().get(index);
        if (blobs.contains(extent.blob())) {
          sources
              .computeIfAbsent(extent.blob(), blob -> new ArrayList<>())
              .add(new Source(tree.resolve(file.file().path()), places[index], extent));
        }
      }
    }
  }

  private static final class Source {
    final Path file;
    final long place;
    final Extent extent;

    Source(Path file, long place, Extent extent) {
      this.file = file;
      this.place = place;
      this.extent = extent;
    }
  }
}
