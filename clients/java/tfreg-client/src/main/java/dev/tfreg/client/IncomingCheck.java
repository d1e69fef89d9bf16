package dev.tfreg.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Hashes the files of an incoming artifact while they come in: each extent once it is written, so
 * that its bytes are still in the system's memory.
 */
final class IncomingCheck implements Callable<Void> {
  private static final int BUFFER_BYTES = 256 << 10;

  private final IncomingArtifact incoming;
  private final List<Integer> fileIndexes;
  private final List<Integer> damaged = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

  IncomingCheck(IncomingArtifact incoming, List<Integer> fileIndexes) {
    this.incoming = incoming;
    this.fileIndexes = fileIndexes;
  }

  /** Returns when all files were hashed, so not before all of their extents are written. */
  @Override
  public Void call() throws IOException, InterruptedException {
    for (int fileIndex : fileIndexes) {
      if (!digest(fileIndex).equals(incoming.file(fileIndex).file().digest())) {
        damaged.add(fileIndex);
      }
    }
    return null;
  }

  /** The indexes of the files that are not what the manifest says. */
  List<Integer> damaged() {
    return damaged;
  }

  private String digest(int fileIndex) throws IOException, InterruptedException {
    MessageDigest sum = Digests.sha256();
    FileLayout file = incoming.file(fileIndex);
    long at = 0;
    try (FileChannel channel = incoming.openForReading(fileIndex)) {
      for (int extent = 0; extent < file.extents().size(); extent++) {
        long end = at + file.extents().get(extent).lengthBytes();
        if (end > at) {
          incoming.journal().await(fileIndex, extent);
        }
        at = update(sum, channel, at, end);
      }
    }
    return Digests.written(sum.digest());
  }

  private long update(MessageDigest sum, FileChannel channel, long start, long end)
      throws IOException {
    long at = start;
    while (at < end) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      int size = channel.read(buffer, at);
      if (size < 0) {
        return end; // Somebody cut it; its digest will not be the one wanted.
      }
      sum.update(buffer.flip());
      at += size;
    }
    return at;
  }
}
