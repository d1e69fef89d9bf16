package dev.tfreg.client;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * The digests of a file and of its pieces, in one pass over its bytes. The file's digest is
 * computed by a second thread, so that it costs no time where there is a second core.
 */
final class SourceHasher {
  private static final int BUFFER_BYTES = 1 << 20;

  private final ExecutorService second;
  private final long pieceBytes;

  SourceHasher(ExecutorService second, long pieceBytes) {
    this.second = second;
    this.pieceBytes = pieceBytes;
  }

  HashedFile hash(SourceFile source) throws IOException, InterruptedException {
    try (FileChannel channel = FileChannel.open(source.local(), StandardOpenOption.READ)) {
      HashedFile hashed =
          source.sizeBytes() > pieceBytes ? manyPieces(source, channel) : onePiece(source, channel);
      source.checkUnchanged();
      return hashed;
    } catch (EOFException shorter) {
      throw source.changed();
    }
  }

  /** Whether a file still holds the bytes of a piece. */
  static boolean stillHolds(Piece piece) throws IOException {
    MessageDigest sum = Digests.sha256();
    try (FileChannel channel = FileChannel.open(piece.source().local(), StandardOpenOption.READ)) {
      update(sum, channel, piece.offsetBytes(), piece.lengthBytes());
    } catch (EOFException shorter) {
      return false;
    }
    return Digests.written(sum.digest()).equals(piece.digest());
  }

  private static HashedFile onePiece(SourceFile source, FileChannel channel) throws IOException {
    MessageDigest sum = Digests.sha256();
    long size = source.sizeBytes();
    update(sum, channel, 0, size);
    String digest = Digests.written(sum.digest());
    return HashedFile.of(
        source, digest, size == 0 ? List.of() : List.of(Piece.of(source, digest, 0, size)));
  }

  private HashedFile manyPieces(SourceFile source, FileChannel channel)
      throws IOException, InterruptedException {
    MessageDigest whole = Digests.sha256();
    MessageDigest part = Digests.sha256();
    List<Piece> pieces = new ArrayList<>();
    // One buffer is filled while the other is still hashed.
    ByteBuffer[] buffers = {ByteBuffer.allocate(BUFFER_BYTES), ByteBuffer.allocate(BUFFER_BYTES)};
    Future<?> waiting = null;
    long start = 0;
    long size = source.sizeBytes();
    for (long at = 0; at < size; ) {
      long end = Math.min(start + pieceBytes, size);
      ByteBuffer buffer = buffers[0];
      fill(buffer, channel, at, end);
      at += buffer.remaining();
      if (waiting != null) {
        Tasks.await(waiting);
      }
      ByteBuffer same = buffer.duplicate();
      waiting = second.submit(() -> whole.update(same));
      part.update(buffer);
      if (at == end) {
        pieces.add(Piece.of(source, Digests.written(part.digest()), start, end - start));
        start = end;
      }
      buffers[0] = buffers[1];
      buffers[1] = buffer;
    }
    Tasks.await(waiting);
    return HashedFile.of(source, Digests.written(whole.digest()), pieces);
  }

  private static void update(MessageDigest sum, FileChannel channel, long offset, long length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(length, BUFFER_BYTES));
    for (long at = offset; at < offset + length; ) {
      fill(buffer, channel, at, offset + length);
      at += buffer.remaining();
      sum.update(buffer);
    }
  }

  /** Reads from {@code at}, at most up to {@code end}. */
  private static void fill(ByteBuffer buffer, FileChannel channel, long at, long end)
      throws IOException {
    buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new EOFException();
      }
    }
    buffer.flip();
  }
}
