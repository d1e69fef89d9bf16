package dev.tfreg.client;

import dev.tfreg.client.TfregException.Kind;
import dev.tfreg.v1.Artifact;
import dev.tfreg.v1.Attachment;
import dev.tfreg.v1.GetArtifactResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Makes values of the messages of artifacts, and believes none of them unchecked. */
final class ArtifactMessages {
  private ArtifactMessages() {}

  static ArtifactLayout layout(GetArtifactResponse response) {
    Artifact artifact = response.getArtifact();
    Map<String, dev.tfreg.v1.FileLayout> layouts = new HashMap<>();
    response.getLayoutsList().forEach(layout -> layouts.put(layout.getPath(), layout));
    List<ManifestFile> files =
        artifact.getManifest().getFilesList().stream()
            .map(ArtifactMessages::file)
            .collect(Collectors.toList());
    PathRules.checkAll(files.stream().map(ManifestFile::path).collect(Collectors.toList()));
    if (files.isEmpty() || layouts.size() != files.size()) {
      throw untrue("LAYOUT_INVALID", "says how " + layouts.size() + " of its files are stored");
    }
    if (!Manifest.digest(files).equals(artifact.getDigest())) {
      throw untrue("DIGEST_MISMATCH", "is not what its digest " + artifact.getDigest() + " names");
    }
    return ArtifactLayout.of(
        artifact.getDigest(),
        artifact.getFormat(),
        files.stream()
            .map(file -> fileLayout(file, layouts.get(file.path())))
            .sorted(Comparator.comparing(FileLayout::file, ManifestFile.BY_PATH))
            .collect(Collectors.toList()));
  }

  static List<AttachmentLayout> attachments(GetArtifactResponse response) {
    List<AttachmentLayout> attachments = new ArrayList<>();
    for (int index = 0; index < response.getAttachmentsCount(); index++) {
      Attachment attachment = response.getAttachments(index);
      ManifestFile file = file(attachment.getFile());
      PathRules.checkName(attachment.getRole());
      PathRules.checkName(file.path());
      dev.tfreg.v1.FileLayout layout =
          index < response.getAttachmentLayoutsCount()
              ? response.getAttachmentLayouts(index)
              : null;
      attachments.add(AttachmentLayout.of(attachment.getRole(), fileLayout(file, layout)));
    }
    return attachments;
  }

  private static ManifestFile file(dev.tfreg.v1.ManifestFile message) {
    if (!Digests.isValid(message.getDigest()) || message.getSizeBytes() < 0) {
      throw untrue("MANIFEST_INVALID", "has a file without a digest or size");
    }
    return ManifestFile.of(message.getPath(), message.getSizeBytes(), message.getDigest());
  }

  private static FileLayout fileLayout(ManifestFile file, dev.tfreg.v1.FileLayout message) {
    if (message == null) {
      throw untrue("LAYOUT_INVALID", "does not say how '" + file.path() + "' is stored");
    }
    List<Extent> extents =
        message.getExtentsList().stream()
            .map(ArtifactMessages::extent)
            .collect(Collectors.toList());
    long left = file.sizeBytes();
    for (Extent extent : extents) {
      // Subtracting from the size cannot overflow, whatever the server says.
      left = extent.lengthBytes() <= left ? left - extent.lengthBytes() : -1;
    }
    if (left != 0) {
      throw untrue("LAYOUT_INVALID", "has extents that do not make up '" + file.path() + "'");
    }
    return FileLayout.of(file, extents);
  }

  private static Extent extent(dev.tfreg.v1.Extent message) {
    if (message.hasInline()) {
      return Extent.ofInline(message.getInline());
    }
    dev.tfreg.v1.BlobSlice slice = message.getBlob();
    if (!Digests.isValid(slice.getDigest())
        || slice.getOffsetBytes() < 0
        || slice.getLengthBytes() < 0
        || slice.getOffsetBytes() > Long.MAX_VALUE - slice.getLengthBytes()) {
      throw untrue("LAYOUT_INVALID", "has an extent without a blob");
    }
    return Extent.ofBlob(slice.getDigest(), slice.getOffsetBytes(), slice.getLengthBytes());
  }

  static TfregException untrue(String reason, String fault) {
    String hint = "Nothing was written. Check the server by: tfreg doctor.";
    return new TfregException(
        Kind.INVALID_ARGUMENT,
        reason,
        "The artifact that the server sent " + fault + ". " + hint,
        Map.of("hint", hint));
  }
}
