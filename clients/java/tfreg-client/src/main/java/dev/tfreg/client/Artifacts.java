package dev.tfreg.client;

import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.GetArtifactResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Pulls artifacts, with ArtifactService and BlobService. */
final class Artifacts {
  private final Calls calls;
  private final ArtifactServiceGrpc.ArtifactServiceBlockingStub stub;
  private final ArtifactPull artifactPull;
  private final AttachmentPull attachmentPull;
  private final ArtifactBytes artifactBytes;

  Artifacts(Calls calls, CacheFolders cache) {
    this.calls = calls;
    this.stub = ArtifactServiceGrpc.newBlockingStub(calls.channel());
    BlobReader blobs = new BlobReader(calls);
    this.artifactPull = new ArtifactPull(cache, blobs);
    this.attachmentPull = new AttachmentPull(cache, blobs);
    this.artifactBytes = new ArtifactBytes(blobs);
  }

  Pulled pull(PullOptions options) {
    GetArtifactResponse response =
        artifact(options.reference(), options.formats(), options.convert());
    ArtifactLayout layout = layout(response, options.reference());
    List<AttachmentLayout> attachments =
        options.attachments() ? ArtifactMessages.attachments(response) : List.of();
    return working(() -> bring(response, layout, attachments, options));
  }

  byte[] bytes(BytesOptions options) {
    GetArtifactResponse response =
        artifact(options.reference(), options.formats(), options.convert());
    ArtifactLayout layout = layout(response, options.reference());
    return working(() -> artifactBytes.read(layout, options));
  }

  private GetArtifactResponse artifact(String reference, List<String> formats, boolean convert) {
    GetArtifactRequest request =
        GetArtifactRequest.newBuilder()
            .setReference(reference)
            .addAllFormats(formats)
            .setConvert(convert)
            .build();
    return calls.read(stub, calls.deadline(convert), ready -> ready.getArtifact(request));
  }

  private static ArtifactLayout layout(GetArtifactResponse response, String reference) {
    ArtifactLayout layout = ArtifactMessages.layout(response);
    Reference.parse(reference)
        .digest()
        .filter(named -> !named.equals(layout.digest()))
        .ifPresent(
            named -> {
              throw ArtifactMessages.untrue("DIGEST_MISMATCH", "is not " + named);
            });
    return layout;
  }

  /** Work that brings bytes. */
  private interface Work<T> {
    T run() throws IOException, InterruptedException;
  }

  private static <T> T working(Work<T> work) {
    try {
      return work.run();
    } catch (IOException failure) {
      throw LocalFailure.of(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw LocalFailure.interrupted("pull", interrupted);
    }
  }

  private Pulled bring(
      GetArtifactResponse response,
      ArtifactLayout layout,
      List<AttachmentLayout> attachments,
      PullOptions options)
      throws IOException, InterruptedException {
    Path tree = CacheFolders.tree(artifactPull.pull(layout));
    Optional<Destination> destination =
        options.destination().map(path -> new Destination(path, options.destinationIsFolder()));
    Path path =
        destination.isPresent()
            ? destination.get().place(layout, tree)
            : layout.isOneFile() ? tree.resolve(layout.files().get(0).file().path()) : tree;
    List<PulledAttachment> pulled = new ArrayList<>();
    for (AttachmentLayout attachment : attachments) {
      Path file = attachmentPull.pull(attachment.layout());
      if (destination.isPresent()) {
        file = destination.get().placeAttachment(attachment, file);
      }
      pulled.add(PulledAttachment.of(attachment.role(), file));
    }
    return Pulled.of(
        response.getModel(), response.getVersion(), layout.format(), layout.digest(), path, pulled);
  }
}
