package dev.tfreg.client;

import dev.tfreg.v1.GetModelRequest;
import dev.tfreg.v1.GetVersionRequest;
import dev.tfreg.v1.ListModelsRequest;
import dev.tfreg.v1.ListModelsResponse;
import dev.tfreg.v1.ListVersionsRequest;
import dev.tfreg.v1.ListVersionsResponse;
import dev.tfreg.v1.RegistryServiceGrpc;
import java.util.ArrayList;
import java.util.List;

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

  VersionInfo version(String reference) {
    GetVersionRequest request = GetVersionRequest.newBuilder().setReference(reference).build();
    return ModelMessages.version(calls.read(stub, ready -> ready.getVersion(request)).getVersion());
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
}
