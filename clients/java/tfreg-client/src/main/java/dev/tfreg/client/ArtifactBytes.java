package dev.tfreg.client;

import dev.tfreg.client.TfregException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads an artifact that is one file into memory, without a folder. */
final class ArtifactBytes {
  private final BlobReader blobs;

  ArtifactBytes(BlobReader blobs) {
    this.blobs = blobs;
  }

  byte[] read(ArtifactLayout layout, BytesOptions options)
      throws IOException, InterruptedException {
    if (!layout.isOneFile()) {
      throw folder(layout, options.reference());
    }
    FileLayout file = layout.files().get(0);
    if (file.file().sizeBytes() > options.maxBytes()) {
      throw tooLarge(file.file(), options);
    }
    byte[] content = new byte[(int) file.file().sizeBytes()];
    for (int tries = 0; tries < 2; tries++) {
      fill(content, file);
      if (Digests.of(content).equals(file.file().digest())) {
        return content;
      }
    }
    throw FileDamaged.of(file.file().path(), layout.digest());
  }

  private void fill(byte[] content, FileLayout file) throws IOException, InterruptedException {
    long[] places = file.places();
    List<Extent> slices = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    for (int index = 0; index < places.length; index++) {
      Extent extent = file.extents().get(index);
      if (extent.isInline()) {
        extent.inline().copyTo(content, (int) places[index]);
      } else if (extent.lengthBytes() > 0) {
        slices.add(extent);
        starts.add((int) places[index]);
      }
    }
    blobs.read(
        slices,
        (slice, offset, bytes) ->
            ByteBuffer.wrap(content).position(starts.get(slice) + (int) offset).put(bytes));
  }

  private static TfregException folder(ArtifactLayout layout, String reference) {
    String files =
        layout.files().stream()
            .limit(3)
            .map(file -> file.file().path())
            .collect(Collectors.joining(", "));
    String hint =
        "Pull it into a folder, or have it converted: BytesOptions.builder(\""
            + reference
            + "\").convert(true) gives a frozen graph.";
    return new TfregException(
        Kind.FAILED_PRECONDITION,
        "NOT_ONE_FILE",
        reference + " is a " + layout.format() + ", a folder (" + files + ", ...). " + hint,
        Map.of("format", layout.format(), "hint", hint));
  }

  private static TfregException tooLarge(ManifestFile file, BytesOptions options) {
    String hint = "Pull it as a file, or allow more by maxBytes; Java's arrays end at 2^31 - 1.";
    return new TfregException(
        Kind.RESOURCE_EXHAUSTED,
        "LIMIT_EXCEEDED",
        "'"
            + file.path()
            + "' of "
            + options.reference()
            + " has "
            + file.sizeBytes()
            + " bytes, and "
            + options.maxBytes()
            + " may be taken into memory. "
            + hint,
        Map.of(
            "size_bytes", Long.toString(file.sizeBytes()),
            "limit_bytes", Integer.toString(options.maxBytes()),
            "hint", hint));
  }
}
