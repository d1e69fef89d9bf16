package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import dev.tfreg.v1.BlobSlice;
import dev.tfreg.v1.Extent;
import dev.tfreg.v1.FileLayout;
import java.util.List;

/** A local file that was read to its end: its digest, and the pieces that it is cut into. */
@AutoValue
abstract class HashedFile {
  static HashedFile of(SourceFile source, String digest, List<Piece> pieces) {
    return new AutoValue_HashedFile(source, digest, List.copyOf(pieces));
  }

  abstract SourceFile source();

  abstract String digest();

  abstract List<Piece> pieces();

  ManifestFile manifestFile() {
    return ManifestFile.of(source().path(), source().sizeBytes(), digest());
  }

  dev.tfreg.v1.ManifestFile message() {
    return dev.tfreg.v1.ManifestFile.newBuilder()
        .setPath(source().path())
        .setSizeBytes(source().sizeBytes())
        .setDigest(digest())
        .build();
  }

  FileLayout layout() {
    FileLayout.Builder layout = FileLayout.newBuilder().setPath(source().path());
    for (Piece piece : pieces()) {
      layout.addExtents(
          Extent.newBuilder()
              .setBlob(
                  BlobSlice.newBuilder()
                      .setDigest(piece.digest())
                      .setLengthBytes(piece.lengthBytes())));
    }
    return layout.build();
  }
}
