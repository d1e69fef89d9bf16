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
  private WatchedBindings watched; // Guarded by this; null until asked for.

  GrpcClient(Calls calls, CacheFolders cache) {
    this.calls = calls;
    this.runtimes = new Runtimes(calls);
    this.bindings = new Bindings(calls, runtimes);
    this.models = new Models(calls);
    this.artifacts = new Artifacts(calls, cache);
    this.watches = new Watches(calls, LONGEST_SILENCE);
    this.async = new GrpcAsyncClient(calls.async(), bindings, runtimes, models, artifacts);
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
  public void close() {
    watches.close();
    calls.close();
  }
}
