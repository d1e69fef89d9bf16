package dev.tfreg.client;

import dev.tfreg.v1.AliasMoved;
import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.CreateVersionRequest;
import dev.tfreg.v1.CreateVersionResponse;
import dev.tfreg.v1.GetModelRequest;
import dev.tfreg.v1.GetVersionRequest;
import dev.tfreg.v1.InspectRequest;
import dev.tfreg.v1.ListAliasMovesRequest;
import dev.tfreg.v1.ListAliasMovesResponse;
import dev.tfreg.v1.Model;
import dev.tfreg.v1.NewAttachment;
import dev.tfreg.v1.RegistryServiceGrpc;
import dev.tfreg.v1.Version;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The commit of a push. Repeated blindly after a lost answer, it could move an alias back that
 * somebody has moved on since, or fail because the newest version is now the one that it made
 * itself. So what the first call did is looked up before it is made again.
 */
final class Commit {
  /** A slow server's disk: it may have to read all files before it answers. */
  private static final long BYTES_PER_SECOND = 64L << 20;

  private final Calls calls;
  private final RegistryServiceGrpc.RegistryServiceBlockingStub registry;
  private final ArtifactServiceGrpc.ArtifactServiceBlockingStub artifacts;
  private final CreateVersionRequest request;
  private final String reference;
  private Model before = Model.getDefaultInstance();
  private boolean tried;

  Commit(Calls calls, CreateVersionRequest request, String digest) {
    this.calls = calls;
    this.registry = RegistryServiceGrpc.newBlockingStub(calls.channel());
    this.artifacts = ArtifactServiceGrpc.newBlockingStub(calls.channel());
    this.request = request;
    this.reference = request.getModel() + "@" + digest;
  }

  CreateVersionResponse run(long sizeBytes) {
    if (needsALook()) {
      before = model();
    }
    Duration limit = calls.deadline().plusSeconds(sizeBytes / BYTES_PER_SECOND);
    return calls.read(registry, limit, this::attempt);
  }

  private CreateVersionResponse attempt(RegistryServiceGrpc.RegistryServiceBlockingStub ready) {
    if (tried && needsALook()) {
      Optional<CreateVersionResponse> done = done();
      if (done.isPresent()) {
        return done.get();
      }
    }
    tried = true;
    return ready.createVersion(request);
  }

  private boolean needsALook() {
    return request.getAliasMovesCount() > 0 || request.hasExpectedNewestVersion();
  }

  /** Returns the version if the call before was done, with the aliases that it has by now. */
  private Optional<CreateVersionResponse> done() {
    Optional<Version> found = version();
    if (found.isEmpty() || !hasAttachments(found.get()) || !hasMoved(found.get())) {
      return Optional.empty();
    }
    InspectRequest inspect = InspectRequest.newBuilder().setReference(reference).build();
    return Optional.of(
        CreateVersionResponse.newBuilder()
            .setVersion(found.get())
            .setCreated(found.get().getNumber() > before.getNewestVersion())
            .addAllProblems(
                calls
                    .read(artifacts, ready -> ready.inspect(inspect))
                    .getInspection()
                    .getProblemsList())
            .build());
  }

  private boolean hasAttachments(Version version) {
    return version
        .getAttachmentsList()
        .containsAll(
            request.getAttachmentsList().stream()
                .map(NewAttachment::getAttachment)
                .collect(Collectors.toList()));
  }

  /** Whether all aliases were pointed at the version since, wherever they point by now. */
  private boolean hasMoved(Version version) {
    Set<String> lacking = new HashSet<>();
    request.getAliasMovesList().forEach(move -> lacking.add(move.getAlias()));
    lacking.removeAll(version.getAliasesList());
    ListAliasMovesRequest.Builder list =
        ListAliasMovesRequest.newBuilder().setModel(request.getModel());
    while (!lacking.isEmpty()) {
      ListAliasMovesResponse page =
          calls.read(registry, ready -> ready.listAliasMoves(list.build()));
      for (AliasMoved move : page.getMovesList()) {
        if (move.getSequence() <= before.getSequence()) {
          return false;
        }
        if (move.getToVersion() == version.getNumber()) {
          lacking.remove(move.getAlias());
        }
      }
      if (page.getNextPageToken().isEmpty()) {
        return lacking.isEmpty();
      }
      list.setPageToken(page.getNextPageToken());
    }
    return true;
  }

  private Optional<Version> version() {
    GetVersionRequest get = GetVersionRequest.newBuilder().setReference(reference).build();
    return calls.ifFound(() -> calls.read(registry, ready -> ready.getVersion(get)).getVersion());
  }

  private Model model() {
    GetModelRequest get = GetModelRequest.newBuilder().setModel(request.getModel()).build();
    return calls
        .ifFound(() -> calls.read(registry, ready -> ready.getModel(get)).getModel())
        .orElse(Model.getDefaultInstance());
  }
}
