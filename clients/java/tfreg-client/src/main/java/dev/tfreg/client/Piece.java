package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import dev.tfreg.v1.BlobRef;

/** A run of bytes of a local file that is a blob. */
@AutoValue
abstract class Piece {
  static Piece of(SourceFile source, String digest, long offsetBytes, long lengthBytes) {
    return new AutoValue_Piece(source, digest, offsetBytes, lengthBytes);
  }

  abstract SourceFile source();

  abstract String digest();

  abstract long offsetBytes();

  abstract long lengthBytes();

  BlobRef ref() {
    return BlobRef.newBuilder().setDigest(digest()).setSizeBytes(lengthBytes()).build();
  }
}
