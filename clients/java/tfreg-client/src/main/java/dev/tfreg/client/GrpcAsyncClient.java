package dev.tfreg.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The futures of a {@link GrpcClient}. */
final class GrpcAsyncClient implements AsyncTfregClient {
  private final AsyncCalls calls;
  private final Bindings bindings;
  private final Runtimes runtimes;
  private final Models models;
  private final Artifacts artifacts;

  GrpcAsyncClient(
      AsyncCalls calls, Bindings bindings, Runtimes runtimes, Models models, Artifacts artifacts) {
    this.calls = calls;
    this.bindings = bindings;
    this.runtimes = runtimes;
    this.models = models;
    this.artifacts = artifacts;
  }

  @Override
  public CompletableFuture<Binding> resolve(String reference) {
    return resolve(ResolveOptions.builder(reference).build());
  }

  @Override
  public CompletableFuture<Binding> resolve(ResolveOptions options) {
    return bindings.resolveAsync(options);
  }

  @Override
  public CompletableFuture<Optional<Binding>> resolveIfChanged(
      ResolveOptions options, String knownRevision) {
    return bindings.resolveAsync(options, knownRevision);
  }

  @Override
  public CompletableFuture<String> registerRuntime(RuntimeProfile profile, byte[] opList) {
    return runtimes.registerAsync(profile, opList);
  }

  @Override
  public CompletableFuture<Diagnosis> diagnose(DiagnoseOptions options) {
    return bindings.diagnoseAsync(options);
  }

  @Override
  public CompletableFuture<Pulled> pull(String reference) {
    return pull(PullOptions.builder(reference).build());
  }

  @Override
  public CompletableFuture<Pulled> pull(PullOptions options) {
    return calls.inThread(() -> artifacts.pull(options));
  }

  @Override
  public CompletableFuture<List<ModelInfo>> listModels() {
    return listModels("");
  }

  @Override
  public CompletableFuture<List<ModelInfo>> listModels(String prefix) {
    return models.listAsync(prefix);
  }

  @Override
  public CompletableFuture<List<VersionInfo>> listVersions(String model) {
    return models.versionsAsync(model);
  }

  @Override
  public CompletableFuture<VersionInfo> getVersion(String reference) {
    return models.versionAsync(reference);
  }

  @Override
  public CompletableFuture<Map<String, Long>> aliases(String model) {
    return models.aliasesAsync(model);
  }
}
