package dev.tfreg.client;

import com.google.protobuf.ByteString;
import dev.tfreg.v1.Artifact;
import dev.tfreg.v1.BlobSlice;
import dev.tfreg.v1.Extent;
import dev.tfreg.v1.FileLayout;
import dev.tfreg.v1.GetArtifactResponse;
import dev.tfreg.v1.Manifest;
import dev.tfreg.v1.ManifestFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An artifact of small files, cut into blobs of {@link #BLOB_BYTES} bytes. */
final class FakeArtifact {
  static final int BLOB_BYTES = 100;

  final Map<String, byte[]> files = new TreeMap<>();
  final Map<String, byte[]> blobs = new TreeMap<>();
  private final String format;

  FakeArtifact(String format) {
    this.format = format;
  }

  FakeArtifact file(String path, byte[] content) {
    files.put(path, content);
    return this;
  }

  /** Returns what a server tells of it. */
  GetArtifactResponse.Builder response() {
    List<dev.tfreg.client.ManifestFile> manifest = new ArrayList<>();
    GetArtifactResponse.Builder response =
        GetArtifactResponse.newBuilder().setModel("demo/digits").setVersion(7);
    Manifest.Builder message = Manifest.newBuilder();
    files.forEach(
        (path, content) -> {
          message.addFiles(file(path, content, manifest));
          response.addLayouts(layout(path, content));
        });
    return response.setArtifact(
        Artifact.newBuilder()
            .setDigest(dev.tfreg.client.Manifest.digest(manifest))
            .setFormat(format)
            .setManifest(message));
  }

  FileLayout layout(String path, byte[] content) {
    FileLayout.Builder layout = FileLayout.newBuilder().setPath(path);
    int start = 0;
    if (content.length % BLOB_BYTES != 0) {
      // The odd bytes at the start travel inline, so that every pull has both kinds.
      start = content.length % BLOB_BYTES;
      layout.addExtents(Extent.newBuilder().setInline(ByteString.copyFrom(content, 0, start)));
    }
    for (; start < content.length; start += BLOB_BYTES) {
      byte[] blob = Arrays.copyOfRange(content, start, start + BLOB_BYTES);
      String digest = Digests.of(blob);
      blobs.put(digest, blob);
      layout.addExtents(
          Extent.newBuilder()
              .setBlob(BlobSlice.newBuilder().setDigest(digest).setLengthBytes(BLOB_BYTES)));
    }
    return layout.build();
  }

  static ManifestFile file(
      String path, byte[] content, List<dev.tfreg.client.ManifestFile> manifest) {
    String digest = Digests.of(content);
    manifest.add(dev.tfreg.client.ManifestFile.of(path, content.length, digest));
    return ManifestFile.newBuilder()
        .setPath(path)
        .setSizeBytes(content.length)
        .setDigest(digest)
        .build();
  }
}
