package dev.tfreg.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The futures of a {@link GrpcClient}. */
final class GrpcAsyncClient implements AsyncTfregClient {
  private final TfregClient blocking;
  private final AsyncCalls calls;
  private final Bindings bindings;
  private final Runtimes runtimes;
  private final Models models;

  /**
   * Makes the futures.
   *
   * @param blocking does what works with files or waits long, in a thread of its own
   */
  GrpcAsyncClient(
      TfregClient blocking, AsyncCalls calls, Bindings bindings, Runtimes runtimes, Models models) {
    this.blocking = blocking;
    this.calls = calls;
    this.bindings = bindings;
    this.runtimes = runtimes;
    this.models = models;
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
    return calls.inThread(() -> blocking.pull(options));
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

  @Override
  public CompletableFuture<Pushed> push(PushOptions options) {
    return calls.inThread(() -> blocking.push(options));
  }

  @Override
  public CompletableFuture<ModelInfo> setAliases(String model, List<AliasMove> moves) {
    return calls.inThread(() -> blocking.setAliases(model, moves));
  }

  @Override
  public CompletableFuture<List<AliasMoved>> aliasMoves(String model) {
    return calls.inThread(() -> blocking.aliasMoves(model));
  }

  @Override
  public CompletableFuture<List<AliasMoved>> aliasMoves(String model, String alias) {
    return calls.inThread(() -> blocking.aliasMoves(model, alias));
  }

  @Override
  public CompletableFuture<VersionInfo> deleteVersion(String model, long version) {
    return calls.inThread(() -> blocking.deleteVersion(model, version));
  }

  @Override
  public CompletableFuture<VersionInfo> purgeVersion(String model, long version) {
    return calls.inThread(() -> blocking.purgeVersion(model, version));
  }

  @Override
  public CompletableFuture<VersionInfo> undeleteVersion(String model, long version) {
    return calls.inThread(() -> blocking.undeleteVersion(model, version));
  }

  @Override
  public CompletableFuture<ConversionPlan> plan(ConvertOptions options) {
    return calls.inThread(() -> blocking.plan(options));
  }

  @Override
  public CompletableFuture<Converted> convert(ConvertOptions options) {
    return calls.inThread(() -> blocking.convert(options));
  }

  @Override
  public CompletableFuture<Converted> convert(ConvertOptions options, ProgressListener listener) {
    return calls.inThread(() -> blocking.convert(options, listener));
  }

  @Override
  public CompletableFuture<List<Converted>> conversions(String reference) {
    return calls.inThread(() -> blocking.conversions(reference));
  }

  @Override
  public CompletableFuture<Job> job(String id) {
    return calls.inThread(() -> blocking.job(id));
  }

  @Override
  public CompletableFuture<Job> cancelJob(String id) {
    return calls.inThread(() -> blocking.cancelJob(id));
  }

  @Override
  public CompletableFuture<Inspection> inspect(String reference) {
    return calls.inThread(() -> blocking.inspect(reference));
  }

  @Override
  public CompletableFuture<Inspection> inspect(InspectOptions options) {
    return calls.inThread(() -> blocking.inspect(options));
  }

  @Override
  public CompletableFuture<List<NodeInfo>> listNodes(ListNodesOptions options) {
    return calls.inThread(() -> blocking.listNodes(options));
  }

  @Override
  public CompletableFuture<List<StoredTensor>> listTensors(String reference) {
    return calls.inThread(() -> blocking.listTensors(reference));
  }

  @Override
  public CompletableFuture<List<StoredTensor>> listTensors(ListTensorsOptions options) {
    return calls.inThread(() -> blocking.listTensors(options));
  }

  @Override
  public CompletableFuture<TensorValue> readTensor(String reference, String name) {
    return calls.inThread(() -> blocking.readTensor(reference, name));
  }

  @Override
  public CompletableFuture<List<TensorValue>> readTensors(ReadTensorsOptions options) {
    return calls.inThread(() -> blocking.readTensors(options));
  }

  @Override
  public CompletableFuture<byte[]> bytes(String reference) {
    return calls.inThread(() -> blocking.bytes(reference));
  }

  @Override
  public CompletableFuture<byte[]> bytes(BytesOptions options) {
    return calls.inThread(() -> blocking.bytes(options));
  }

  @Override
  public CompletableFuture<Capabilities> capabilities() {
    return calls.inThread(() -> blocking.capabilities());
  }
}
