package dev.tfreg.client;

import dev.tfreg.v1.DeleteVersionRequest;
import dev.tfreg.v1.GetModelRequest;
import dev.tfreg.v1.GetVersionRequest;
import dev.tfreg.v1.ListAliasMovesRequest;
import dev.tfreg.v1.ListAliasMovesResponse;
import dev.tfreg.v1.ListModelsRequest;
import dev.tfreg.v1.ListModelsResponse;
import dev.tfreg.v1.ListVersionsRequest;
import dev.tfreg.v1.ListVersionsResponse;
import dev.tfreg.v1.RegistryServiceGrpc;
import dev.tfreg.v1.SetAliasesRequest;
import dev.tfreg.v1.SetAliasesResponse;
import dev.tfreg.v1.UndeleteVersionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Calls of RegistryService. */
final class Models {
  private final Calls calls;
  private final RegistryServiceGrpc.RegistryServiceBlockingStub stub;

  Models(Calls calls) {
    this.calls = calls;
    this.stub = RegistryServiceGrpc.newBlockingStub(calls.channel());
  }

  ModelInfo get(String model) {
    GetModelRequest request = GetModelRequest.newBuilder().setModel(model).build();
    return ModelMessages.model(calls.read(stub, ready -> ready.getModel(request)).getModel());
  }

  CompletableFuture<Map<String, Long>> aliasesAsync(String model) {
    return calls
        .async()
        .read(
            RegistryServiceGrpc.getGetModelMethod(),
            GetModelRequest.newBuilder().setModel(model).build(),
            response -> ModelMessages.model(response.getModel()).aliases());
  }

  VersionInfo version(String reference) {
    GetVersionRequest request = GetVersionRequest.newBuilder().setReference(reference).build();
    return ModelMessages.version(calls.read(stub, ready -> ready.getVersion(request)).getVersion());
  }

  CompletableFuture<VersionInfo> versionAsync(String reference) {
    return calls
        .async()
        .read(
            RegistryServiceGrpc.getGetVersionMethod(),
            GetVersionRequest.newBuilder().setReference(reference).build(),
            response -> ModelMessages.version(response.getVersion()));
  }

  List<ModelInfo> list(String prefix) {
    List<ModelInfo> models = new ArrayList<>();
    ListModelsRequest.Builder request = ListModelsRequest.newBuilder().setPrefix(prefix);
    do {
      ListModelsResponse page = calls.read(stub, ready -> ready.listModels(request.build()));
      page.getModelsList().forEach(model -> models.add(ModelMessages.model(model)));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return List.copyOf(models);
  }

  CompletableFuture<List<ModelInfo>> listAsync(String prefix) {
    ListModelsRequest.Builder request = ListModelsRequest.newBuilder().setPrefix(prefix);
    return Pages.all(
        token ->
            calls
                .async()
                .read(
                    RegistryServiceGrpc.getListModelsMethod(),
                    request.clone().setPageToken(token).build(),
                    page -> page),
        page -> page.getModelsList().stream().map(ModelMessages::model),
        ListModelsResponse::getNextPageToken);
  }

  List<VersionInfo> versions(String model) {
    List<VersionInfo> versions = new ArrayList<>();
    ListVersionsRequest.Builder request = ListVersionsRequest.newBuilder().setModel(model);
    do {
      ListVersionsResponse page = calls.read(stub, ready -> ready.listVersions(request.build()));
      page.getVersionsList().forEach(version -> versions.add(ModelMessages.version(version)));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return List.copyOf(versions);
  }

  CompletableFuture<List<VersionInfo>> versionsAsync(String model) {
    ListVersionsRequest.Builder request = ListVersionsRequest.newBuilder().setModel(model);
    return Pages.all(
        token ->
            calls
                .async()
                .read(
                    RegistryServiceGrpc.getListVersionsMethod(),
                    request.clone().setPageToken(token).build(),
                    page -> page),
        page -> page.getVersionsList().stream().map(ModelMessages::version),
        ListVersionsResponse::getNextPageToken);
  }

  ModelInfo setAliases(String model, List<AliasMove> moves) {
    SetAliasesRequest.Builder request = SetAliasesRequest.newBuilder().setModel(model);
    moves.forEach(move -> request.addMoves(message(move)));
    // Repeated without an expected state, it could undo what somebody else did between the two.
    boolean repeatable = moves.stream().allMatch(move -> move.expectedVersion().isPresent());
    SetAliasesResponse response =
        repeatable
            ? calls.read(stub, ready -> ready.setAliases(request.build()))
            : calls.once(stub, ready -> ready.setAliases(request.build()));
    return ModelMessages.model(response.getModel());
  }

  List<AliasMoved> aliasMoves(String model, String alias) {
    List<AliasMoved> moves = new ArrayList<>();
    ListAliasMovesRequest.Builder request =
        ListAliasMovesRequest.newBuilder().setModel(model).setAlias(alias);
    do {
      ListAliasMovesResponse page =
          calls.read(stub, ready -> ready.listAliasMoves(request.build()));
      page.getMovesList().forEach(move -> moves.add(ModelMessages.aliasMoved(move)));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return List.copyOf(moves);
  }

  VersionInfo delete(String model, long version, boolean purge) {
    DeleteVersionRequest request =
        DeleteVersionRequest.newBuilder()
            .setModel(model)
            .setVersion(version)
            .setPurge(purge)
            .build();
    return ModelMessages.version(
        calls.once(stub, ready -> ready.deleteVersion(request)).getVersion());
  }

  VersionInfo undelete(String model, long version) {
    UndeleteVersionRequest request =
        UndeleteVersionRequest.newBuilder().setModel(model).setVersion(version).build();
    return ModelMessages.version(
        calls.once(stub, ready -> ready.undeleteVersion(request)).getVersion());
  }

  private static dev.tfreg.v1.AliasMove message(AliasMove move) {
    dev.tfreg.v1.AliasMove.Builder message =
        dev.tfreg.v1.AliasMove.newBuilder().setAlias(move.alias()).setVersion(move.version());
    move.expectedVersion().ifPresent(message::setExpectedVersion);
    return message.build();
  }
}
