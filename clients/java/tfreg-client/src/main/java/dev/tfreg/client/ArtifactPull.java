package dev.tfreg.client;

import dev.tfreg.client.IncomingArtifact.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Brings an artifact into the cache, by the steps of docs/cache.md. */
final class ArtifactPull {
  private static final int STREAMS = 2;

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

  private void bring(ArtifactLayout layout, Path artifact)
      throws IOException, InterruptedException {
    ExecutorService threads = Tasks.threads(STREAMS + 1, "tfreg-pull");
    try (IncomingArtifact incoming =
        IncomingArtifact.open(cache.incoming(layout.digest()), layout)) {
      copyKnown(incoming);
      List<Integer> all =
          IntStream.range(0, layout.files().size()).boxed().collect(Collectors.toList());
      List<Integer> damaged = fetchAndCheck(incoming, all, threads);
      if (!damaged.isEmpty()) {
        incoming.forget(damaged);
        damaged = fetchAndCheck(incoming, damaged, threads);
      }
      if (!damaged.isEmpty()) {
        incoming.forget(damaged);
        throw FileDamaged.of(incoming.file(damaged.get(0)).file().path(), layout.digest());
      }
      incoming.publish(artifact);
    } finally {
      Tasks.end(threads);
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
    try (ExtentWriter writer = new ExtentWriter(incoming)) {
      missing.forEach(place -> known.copyTo(writer, place, incoming.extent(place)));
    }
  }

  /**
   * Reads from the server what is still missing, a slice that is in several places only once, by
   * some streams, and hashes the files meanwhile.
   *
   * @return the indexes of the files that are not what the manifest says
   */
  private List<Integer> fetchAndCheck(
      IncomingArtifact incoming, List<Integer> fileIndexes, ExecutorService threads)
      throws IOException, InterruptedException {
    Map<Extent, List<Place>> wanted = new LinkedHashMap<>();
    try (ExtentWriter writer = new ExtentWriter(incoming)) {
      for (Place place : incoming.missing()) {
        Extent extent = incoming.extent(place);
        if (extent.isInline()) {
          writer.write(place, 0, extent.inline().asReadOnlyByteBuffer());
        } else if (extent.lengthBytes() > 0) {
          wanted.computeIfAbsent(extent, slice -> new ArrayList<>()).add(place);
        }
      }
    }
    IncomingCheck check = new IncomingCheck(incoming, fileIndexes);
    List<Callable<Void>> tasks = new ArrayList<>(List.of(check));
    tasks.addAll(fetching(incoming, wanted));
    Tasks.runAll(tasks, threads);
    return check.damaged();
  }

  private List<Callable<Void>> fetching(
      IncomingArtifact incoming, Map<Extent, List<Place>> wanted) {
    List<Extent> slices = List.copyOf(wanted.keySet());
    List<List<Place>> places = List.copyOf(wanted.values());
    Queue<int[]> batches = new ConcurrentLinkedQueue<>(BlobReader.batches(slices));
    Callable<Void> stream =
        () -> {
          try (ExtentWriter writer = new ExtentWriter(incoming)) {
            for (int[] batch = batches.poll(); batch != null; batch = batches.poll()) {
              blobs.read(
                  slices,
                  batch,
                  (slice, offset, bytes) -> {
                    for (Place place : places.get(slice)) {
                      writer.write(place, offset, bytes.duplicate());
                    }
                  });
            }
          }
          return null;
        };
    return Collections.nCopies(Math.min(STREAMS, batches.size()), stream);
  }
}
