package dev.tfreg.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Brings attachments into the cache. */
final class AttachmentPull {
  private final CacheFolders cache;
  private final BlobReader blobs;

  AttachmentPull(CacheFolders cache, BlobReader blobs) {
    this.cache = cache;
    this.blobs = blobs;
  }

  /** Returns the attachment's file in the cache. */
  Path pull(FileLayout layout) throws IOException, InterruptedException {
    ManifestFile file = layout.file();
    Path target = cache.attachment(file.digest(), file.path());
    if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      return target;
    }
    Files.createDirectories(target.getParent());
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path draft = target.resolveSibling("." + file.path() + ".tfreg-" + random);
    try {
      write(layout, draft);
      if (!Digests.ofFile(draft).equals(file.digest())) {
        write(layout, draft);
      }
      if (!Digests.ofFile(draft).equals(file.digest())) {
        throw FileDamaged.of(file.path(), file.digest());
      }
      TreeFiles.seal(draft);
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
    return target;
  }

  private void write(FileLayout layout, Path draft) throws IOException, InterruptedException {
    long[] places = layout.places();
    List<Extent> slices = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    try (FileChannel channel =
        FileChannel.open(draft, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int index = 0; index < places.length; index++) {
        Extent extent = layout.extents().get(index);
        if (extent.isInline()) {
          writeFully(channel, extent.inline().asReadOnlyByteBuffer(), places[index]);
        } else if (extent.lengthBytes() > 0) {
          slices.add(extent);
          starts.add(places[index]);
        }
      }
      blobs.read(
          slices, (slice, offset, bytes) -> writeFully(channel, bytes, starts.get(slice) + offset));
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long place)
      throws IOException {
    long position = place;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }
}
