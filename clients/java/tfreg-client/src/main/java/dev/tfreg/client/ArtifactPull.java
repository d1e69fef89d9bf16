package dev.tfreg.client;

import dev.tfreg.client.IncomingArtifact.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Brings an artifact into the cache, by the steps of docs/cache.md. */
final class ArtifactPull {
  private final CacheFolders cache;
  private final BlobReader blobs;

  ArtifactPull(CacheFolders cache, BlobReader blobs) {
    this.cache = cache;
    this.blobs = blobs;
  }

  /** Returns the artifact's folder in the cache. */
  Path pull(ArtifactLayout layout) throws IOException, InterruptedException {
    Path artifact = cache.artifact(layout.digest());
    if (CacheFolders.isComplete(artifact)) {
      return artifact;
    }
    ArtifactLock lock = ArtifactLock.acquire(cache.lock(layout.digest()));
    try {
      // Another pull may have brought it while this one waited.
      if (!CacheFolders.isComplete(artifact)) {
        bring(layout, artifact);
      }
    } finally {
      lock.close();
    }
    return artifact;
  }

  private void bring(ArtifactLayout layout, Path artifact) throws IOException {
    try (IncomingArtifact incoming =
        IncomingArtifact.open(cache.incoming(layout.digest()), layout)) {
      copyKnown(incoming);
      fetch(incoming);
      List<Integer> damaged = incoming.damaged();
      if (!damaged.isEmpty()) {
        incoming.forget(damaged);
        fetch(incoming);
        damaged = incoming.damaged();
      }
      if (!damaged.isEmpty()) {
        incoming.forget(damaged);
        throw FileDamaged.of(incoming.path(damaged.get(0)), layout.digest());
      }
      incoming.publish(artifact);
    }
  }

  private void copyKnown(IncomingArtifact incoming) throws IOException {
    List<Place> missing = incoming.missing();
    Set<String> wanted =
        missing.stream()
            .map(incoming::extent)
            .filter(extent -> !extent.isInline())
            .map(Extent::blob)
            .collect(Collectors.toSet());
    KnownBytes known = KnownBytes.of(wanted, cache);
    missing.forEach(place -> known.copyTo(incoming, place));
  }

  /** Reads from the server what is still missing; a slice that is in several places only once. */
  private void fetch(IncomingArtifact incoming) throws IOException {
    Map<Extent, List<Place>> wanted = new LinkedHashMap<>();
    for (Place place : incoming.missing()) {
      Extent extent = incoming.extent(place);
      if (extent.isInline()) {
        incoming.write(place, 0, extent.inline().asReadOnlyByteBuffer());
      } else if (extent.lengthBytes() > 0) {
        wanted.computeIfAbsent(extent, slice -> new ArrayList<>()).add(place);
      }
    }
    List<List<Place>> places = List.copyOf(wanted.values());
    blobs.read(
        List.copyOf(wanted.keySet()),
        (slice, offset, bytes) -> {
          for (Place place : places.get(slice)) {
            incoming.write(place, offset, bytes.duplicate());
          }
        });
  }
}
