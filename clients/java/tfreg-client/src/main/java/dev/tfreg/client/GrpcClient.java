package dev.tfreg.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The client over grpc; each service has a class of its own. */
final class GrpcClient implements TfregClient {
  /** Servers send something on a watch every 15 s. */
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);

  private final Calls calls;
  private final Runtimes runtimes;
  private final Bindings bindings;
  private final Models models;
  private final Artifacts artifacts;
  private final Watches watches;
  private final AsyncTfregClient async;
  private final Server server;
  private final Pushes pushes;
  private final Conversions conversions;
  private final Inspections inspections;
  private final TensorReader tensors;
  private WatchedBindings watched; // Guarded by this; null until asked for.

  GrpcClient(Calls calls, CacheFolders cache) {
    this.calls = calls;
    this.runtimes = new Runtimes(calls);
    this.bindings = new Bindings(calls, runtimes);
    this.models = new Models(calls);
    this.artifacts = new Artifacts(calls, cache);
    this.server = new Server(calls);
    this.pushes = new Pushes(calls, server);
    this.conversions = new Conversions(calls, pushes);
    this.inspections = new Inspections(calls);
    this.tensors = new TensorReader(calls);
    this.watches = new Watches(calls, LONGEST_SILENCE);
    this.async = new GrpcAsyncClient(this, calls.async(), bindings, runtimes, models);
  }

  @Override
  public AsyncTfregClient async() {
    return async;
  }

  @Override
  public Binding resolve(String reference) {
    return resolve(ResolveOptions.builder(reference).build());
  }

  @Override
  public Binding resolve(ResolveOptions options) {
    return bindings.resolve(options);
  }

  @Override
  public Optional<Binding> resolveIfChanged(ResolveOptions options, String knownRevision) {
    return bindings.resolve(options, knownRevision);
  }

  @Override
  public String registerRuntime(RuntimeProfile profile, byte[] opList) {
    return runtimes.register(profile, opList);
  }

  @Override
  public Diagnosis diagnose(DiagnoseOptions options) {
    return bindings.diagnose(options);
  }

  @Override
  public Pulled pull(String reference) {
    return pull(PullOptions.builder(reference).build());
  }

  @Override
  public Pulled pull(PullOptions options) {
    return artifacts.pull(options);
  }

  @Override
  public List<ModelInfo> listModels() {
    return listModels("");
  }

  @Override
  public List<ModelInfo> listModels(String prefix) {
    return models.list(prefix);
  }

  @Override
  public List<VersionInfo> listVersions(String model) {
    return models.versions(model);
  }

  @Override
  public VersionInfo getVersion(String reference) {
    return models.version(reference);
  }

  @Override
  public Map<String, Long> aliases(String model) {
    return models.get(model).aliases();
  }

  @Override
  public Watching watch(WatchOptions options, WatchListener listener) {
    return watches.listen(options, listener);
  }

  @Override
  public EventStream watch(WatchOptions options) {
    return watches.stream(options);
  }

  @Override
  public synchronized WatchedBindings watched() {
    if (watched == null) {
      watched = watched(WatchedOptions.builder().build());
    }
    return watched;
  }

  @Override
  public WatchedBindings watched(WatchedOptions options) {
    return new BindingCache(calls, bindings, watches, options);
  }

  @Override
  public Pushed push(PushOptions options) {
    return pushes.push(options);
  }

  @Override
  public ModelInfo setAliases(String model, List<AliasMove> moves) {
    return models.setAliases(model, moves);
  }

  @Override
  public List<AliasMoved> aliasMoves(String model) {
    return aliasMoves(model, "");
  }

  @Override
  public List<AliasMoved> aliasMoves(String model, String alias) {
    return models.aliasMoves(model, alias);
  }

  @Override
  public VersionInfo deleteVersion(String model, long version) {
    return models.delete(model, version, false);
  }

  @Override
  public VersionInfo purgeVersion(String model, long version) {
    return models.delete(model, version, true);
  }

  @Override
  public VersionInfo undeleteVersion(String model, long version) {
    return models.undelete(model, version);
  }

  @Override
  public ConversionPlan plan(ConvertOptions options) {
    return conversions.plan(options);
  }

  @Override
  public Converted convert(ConvertOptions options) {
    return convert(options, job -> {});
  }

  @Override
  public Converted convert(ConvertOptions options, ProgressListener listener) {
    return conversions.convert(options, listener);
  }

  @Override
  public List<Converted> conversions(String reference) {
    return conversions.list(reference);
  }

  @Override
  public Job job(String id) {
    return conversions.job(id);
  }

  @Override
  public Job cancelJob(String id) {
    return conversions.cancel(id);
  }

  @Override
  public Inspection inspect(String reference) {
    return inspect(InspectOptions.builder(reference).build());
  }

  @Override
  public Inspection inspect(InspectOptions options) {
    return inspections.inspect(options);
  }

  @Override
  public List<NodeInfo> listNodes(ListNodesOptions options) {
    return inspections.nodes(options);
  }

  @Override
  public List<StoredTensor> listTensors(String reference) {
    return listTensors(ListTensorsOptions.builder(reference).build());
  }

  @Override
  public List<StoredTensor> listTensors(ListTensorsOptions options) {
    return inspections.tensors(options);
  }

  @Override
  public TensorValue readTensor(String reference, String name) {
    return readTensors(ReadTensorsOptions.builder(reference).tensor(name).build()).get(0);
  }

  @Override
  public List<TensorValue> readTensors(ReadTensorsOptions options) {
    return tensors.read(options);
  }

  @Override
  public byte[] bytes(String reference) {
    return bytes(BytesOptions.builder(reference).build());
  }

  @Override
  public byte[] bytes(BytesOptions options) {
    return artifacts.bytes(options);
  }

  @Override
  public Capabilities capabilities() {
    return server.capabilities();
  }

  @Override
  public void close() {
    watches.close();
    calls.close();
  }
}
