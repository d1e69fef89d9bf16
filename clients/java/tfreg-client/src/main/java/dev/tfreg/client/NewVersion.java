package dev.tfreg.client;

import dev.tfreg.v1.AliasMove;
import dev.tfreg.v1.Attachment;
import dev.tfreg.v1.CreateVersionRequest;
import dev.tfreg.v1.FileLayout;
import dev.tfreg.v1.Manifest;
import dev.tfreg.v1.NewAttachment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A version to make: what the caller said, and the files that were found. */
final class NewVersion {
  private static final String ANY_DIGEST = Digests.of(new byte[0]);
  private static final String ANY_LEASE = "?".repeat(64);

  private final PushOptions options;
  private final List<SourceFile> sources;

  NewVersion(PushOptions options, List<SourceFile> sources) {
    this.options = options;
    this.sources = List.copyOf(sources);
  }

  PushOptions options() {
    return options;
  }

  List<SourceFile> sources() {
    return sources;
  }

  long sizeBytes() {
    return sources.stream().mapToLong(SourceFile::sizeBytes).sum();
  }

  /** Checks that the server takes a commit so large, before a byte is read. */
  void checkSize(long limitBytes, long pieceBytes) {
    List<HashedFile> unhashed = new ArrayList<>();
    for (SourceFile source : sources) {
      List<Piece> pieces = new ArrayList<>();
      for (long at = 0; at < source.sizeBytes(); at += pieceBytes) {
        long length = Math.min(pieceBytes, source.sizeBytes() - at);
        pieces.add(Piece.of(source, ANY_DIGEST, at, length));
      }
      unhashed.add(HashedFile.of(source, ANY_DIGEST, pieces));
    }
    List<FileLayout> layouts =
        own(unhashed).stream().map(HashedFile::layout).collect(Collectors.toList());
    long size = request(unhashed, layouts, ANY_LEASE).getSerializedSize();
    if (size > limitBytes) {
      throw tooLarge(size, limitBytes);
    }
  }

  CreateVersionRequest request(List<HashedFile> files, List<FileLayout> layouts, String leaseId) {
    CreateVersionRequest.Builder request =
        CreateVersionRequest.newBuilder()
            .setModel(options.model())
            .setLeaseId(leaseId)
            .setFormat(options.format())
            .addAllLayouts(layouts)
            .putAllLabels(options.labels())
            .setAllowBroken(options.allowBroken());
    options.expectedNewestVersion().ifPresent(request::setExpectedNewestVersion);
    options.aliases().stream()
        .distinct()
        .forEach(alias -> request.addAliasMoves(AliasMove.newBuilder().setAlias(alias)));
    Manifest.Builder manifest = Manifest.newBuilder();
    own(files).forEach(file -> manifest.addFiles(file.message()));
    attached(files).forEach(file -> request.addAttachments(attachment(file)));
    return request.setManifest(manifest).build();
  }

  /** The files of the artifact. */
  static List<HashedFile> own(List<HashedFile> files) {
    return files.stream()
        .filter(file -> file.source().role().isEmpty())
        .collect(Collectors.toList());
  }

  /** The files that are attached. */
  static List<HashedFile> attached(List<HashedFile> files) {
    return files.stream()
        .filter(file -> !file.source().role().isEmpty())
        .collect(Collectors.toList());
  }

  /** The artifact's digest. */
  static String digest(List<HashedFile> files) {
    return dev.tfreg.client.Manifest.digest(
        own(files).stream().map(HashedFile::manifestFile).collect(Collectors.toList()));
  }

  private static NewAttachment attachment(HashedFile file) {
    return NewAttachment.newBuilder()
        .setAttachment(
            Attachment.newBuilder().setRole(file.source().role()).setFile(file.message()))
        .setLayout(file.layout())
        .build();
  }

  private TfregException tooLarge(long sizeBytes, long limitBytes) {
    String hint = "Pack small assets into one file, or attach fewer files.";
    return new TfregException(
        TfregException.Kind.RESOURCE_EXHAUSTED,
        "LIMIT_EXCEEDED",
        sources.size()
            + " files are too many for one version: its description would have "
            + sizeBytes
            + " bytes, and max_commit_bytes is "
            + limitBytes
            + ". "
            + hint,
        Map.of(
            "limit",
            "max_commit_bytes",
            "limit_bytes",
            Long.toString(limitBytes),
            "size_bytes",
            Long.toString(sizeBytes),
            "hint",
            hint));
  }
}
