package dev.tfreg.client;

import java.util.ArrayList;
import java.util.List;

/** Groups the pieces of a push: what one FindMissing announces and one Write stream sends. */
final class Batches {
  private static final long BATCH_BYTES = 64L << 20;
  private static final int BATCH_BLOBS = 1000;

  /** Files of this size are announced alone, so that the server can hash them as they come. */
  private static final long FOLLOWED_FILE_BYTES = 4L << 20;

  private final int mostBlobs;

  Batches(int mostBlobs) {
    this.mostBlobs = Math.min(BATCH_BLOBS, mostBlobs);
  }

  List<List<Piece>> of(List<HashedFile> files) {
    List<List<Piece>> batches = new ArrayList<>();
    List<Piece> batch = new ArrayList<>();
    long size = 0;
    for (HashedFile file : files) {
      for (Piece piece : file.pieces()) {
        boolean full = size >= BATCH_BYTES || batch.size() >= mostBlobs;
        if (!batch.isEmpty() && (full || !followed(batch.get(0)).equals(followed(piece)))) {
          batches.add(batch);
          batch = new ArrayList<>();
          size = 0;
        }
        batch.add(piece);
        size += piece.lengthBytes();
      }
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }

  /** The path by which a batch is announced; empty for small files, which share one. */
  static String announcedAs(List<Piece> batch) {
    return followed(batch.get(0));
  }

  private static String followed(Piece piece) {
    SourceFile source = piece.source();
    boolean large = source.sizeBytes() >= FOLLOWED_FILE_BYTES && source.role().isEmpty();
    return large ? source.path() : "";
  }
}
