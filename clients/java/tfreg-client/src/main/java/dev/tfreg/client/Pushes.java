package dev.tfreg.client;

import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.CreateVersionResponse;
import dev.tfreg.v1.FileLayout;
import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.UploadedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.stream.Collectors;

/** Pushes artifacts: hash, ask what the server lacks, send that, commit. */
final class Pushes {
  private static final int STREAMS = 2;
  private static final long PIECE_BYTES = 16L << 20;

  private final Calls calls;
  private final Server server;
  private final ArtifactServiceGrpc.ArtifactServiceBlockingStub artifacts;

  Pushes(Calls calls, Server server) {
    this.calls = calls;
    this.server = server;
    this.artifacts = ArtifactServiceGrpc.newBlockingStub(calls.channel());
  }

  Pushed push(PushOptions options) {
    Reference.checkModel(options.model());
    ServerLimits limits = server.capabilities().limits();
    return working(
        threads -> {
          NewVersion planned = plan(options, limits);
          try {
            return push(planned, limits, threads);
          } catch (TfregException failure) {
            if (!failure.reason().equals("LEASE_NOT_FOUND")) {
              throw failure;
            }
            // This machine slept for longer than a lease lives. What was sent is still there.
            return push(planned, limits, threads);
          }
        });
  }

  /** Sends files that are to be no version of their own. */
  UploadedFiles upload(Path path) {
    ServerLimits limits = server.capabilities().limits();
    return working(
        threads -> {
          List<HashedFile> files = hash(SourceFiles.ofArtifact(path), limits, threads);
          Upload upload = new Upload(calls, limits);
          upload.send(files, threads, STREAMS);
          UploadedFiles.Builder uploaded = UploadedFiles.newBuilder().setLeaseId(upload.leaseId());
          for (HashedFile file : files) {
            uploaded.getManifestBuilder().addFiles(file.message());
            uploaded.addLayouts(file.layout());
          }
          return uploaded.build();
        });
  }

  /** Work on local files that needs threads. */
  private interface Work<T> {
    T with(ExecutorService threads) throws IOException, InterruptedException;
  }

  private static <T> T working(Work<T> work) {
    ExecutorService threads = Tasks.threads(STREAMS, "tfreg-push");
    try {
      return work.with(threads);
    } catch (IOException failure) {
      throw LocalFailure.ofSource(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw LocalFailure.interrupted("push", interrupted);
    } finally {
      Tasks.end(threads);
    }
  }

  private static NewVersion plan(PushOptions options, ServerLimits limits) throws IOException {
    List<SourceFile> sources = new ArrayList<>(SourceFiles.ofArtifact(options.path()));
    for (LocalAttachment attachment : options.attachments()) {
      sources.add(SourceFiles.ofAttachment(attachment));
    }
    NewVersion planned = new NewVersion(options, sources);
    planned.checkSize(limits.maxCommitBytes(), pieceBytes(limits));
    return planned;
  }

  private Pushed push(NewVersion planned, ServerLimits limits, ExecutorService threads)
      throws IOException, InterruptedException {
    List<HashedFile> files = hash(planned.sources(), limits, threads);
    Upload upload = new Upload(calls, limits);
    Optional<List<FileLayout>> stored = stored(planned, files);
    CreateVersionResponse made =
        stored.isPresent()
            ? again(planned, files, stored.get(), upload, threads)
            : anew(planned, files, upload, threads);
    return Pushed.of(
        ModelMessages.version(made.getVersion()),
        made.getCreated(),
        BindingMessages.diagnostics(made.getProblemsList()),
        planned.sizeBytes(),
        upload.sentBytes(),
        upload.sentBlobs());
  }

  private static List<HashedFile> hash(
      List<SourceFile> sources, ServerLimits limits, ExecutorService threads)
      throws IOException, InterruptedException {
    SourceHasher hasher = new SourceHasher(threads, pieceBytes(limits));
    List<HashedFile> files = new ArrayList<>();
    for (SourceFile source : sources) {
      files.add(hasher.hash(source));
    }
    return files;
  }

  private CreateVersionResponse anew(
      NewVersion planned, List<HashedFile> files, Upload upload, ExecutorService threads)
      throws IOException, InterruptedException {
    upload.send(files, threads, STREAMS);
    List<FileLayout> layouts =
        NewVersion.own(files).stream().map(HashedFile::layout).collect(Collectors.toList());
    return commit(planned, files, layouts, upload);
  }

  /** Pushes what the model has already, in whichever way another client cut it: only additions. */
  private CreateVersionResponse again(
      NewVersion planned,
      List<HashedFile> files,
      List<FileLayout> layouts,
      Upload upload,
      ExecutorService threads)
      throws IOException, InterruptedException {
    upload.send(NewVersion.attached(files), threads, STREAMS);
    try {
      return commit(planned, files, layouts, upload);
    } catch (TfregException failure) {
      if (!Set.of("BLOB_MISSING", "BLOB_DAMAGED").contains(failure.reason())) {
        throw failure;
      }
      return anew(planned, files, upload, threads);
    }
  }

  private CreateVersionResponse commit(
      NewVersion planned, List<HashedFile> files, List<FileLayout> layouts, Upload upload) {
    return new Commit(
            calls, planned.request(files, layouts, upload.leaseId()), NewVersion.digest(files))
        .run(planned.sizeBytes());
  }

  private Optional<List<FileLayout>> stored(NewVersion planned, List<HashedFile> files) {
    GetArtifactRequest request =
        GetArtifactRequest.newBuilder()
            .setReference(planned.options().model() + "@" + NewVersion.digest(files))
            .build();
    return calls.ifFound(
        () -> calls.read(artifacts, ready -> ready.getArtifact(request)).getLayoutsList());
  }

  private static long pieceBytes(ServerLimits limits) {
    return Math.min(PIECE_BYTES, limits.maxBlobBytes());
  }
}
