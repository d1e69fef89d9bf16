package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import com.google.protobuf.ByteString;

/** A run of bytes of a file: a slice of a blob, or the bytes themselves. */
@AutoValue
abstract class Extent {
  static Extent ofBlob(String blob, long offsetBytes, long lengthBytes) {
    return new AutoValue_Extent(blob, offsetBytes, lengthBytes, ByteString.EMPTY);
  }

  static Extent ofInline(ByteString bytes) {
    return new AutoValue_Extent("", 0, bytes.size(), bytes);
  }

  /** Digest of the blob; empty if the bytes are inline. */
  abstract String blob();

  abstract long offsetBytes();

  abstract long lengthBytes();

  abstract ByteString inline();

  boolean isInline() {
    return blob().isEmpty();
  }
}
