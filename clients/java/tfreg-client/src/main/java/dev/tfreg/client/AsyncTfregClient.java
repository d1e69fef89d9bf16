package dev.tfreg.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The calls of a {@link TfregClient} as futures: {@link TfregClient#async}.
 *
 * <p>No method blocks. A future fails with a {@link TfregException} ({@code join} and {@code get}
 * wrap it, as they do); cancelling a future cancels the call. Stages that are attached without an
 * executor run in a thread of the connection: they should not block.
 */
public interface AsyncTfregClient {
  /** As {@link TfregClient#resolve(String)}. */
  CompletableFuture<Binding> resolve(String reference);

  /** As {@link TfregClient#resolve(ResolveOptions)}. */
  CompletableFuture<Binding> resolve(ResolveOptions options);

  /** As {@link TfregClient#resolveIfChanged}. */
  CompletableFuture<Optional<Binding>> resolveIfChanged(
      ResolveOptions options, String knownRevision);

  /** As {@link TfregClient#registerRuntime}. */
  CompletableFuture<String> registerRuntime(RuntimeProfile profile, byte[] opList);

  /** As {@link TfregClient#diagnose}. */
  CompletableFuture<Diagnosis> diagnose(DiagnoseOptions options);

  /** As {@link TfregClient#pull(String)}. */
  CompletableFuture<Pulled> pull(String reference);

  /** As {@link TfregClient#pull(PullOptions)}. */
  CompletableFuture<Pulled> pull(PullOptions options);

  /** As {@link TfregClient#listModels()}. */
  CompletableFuture<List<ModelInfo>> listModels();

  /** As {@link TfregClient#listModels(String)}. */
  CompletableFuture<List<ModelInfo>> listModels(String prefix);

  /** As {@link TfregClient#listVersions}. */
  CompletableFuture<List<VersionInfo>> listVersions(String model);

  /** As {@link TfregClient#getVersion}. */
  CompletableFuture<VersionInfo> getVersion(String reference);

  /** As {@link TfregClient#aliases}. */
  CompletableFuture<Map<String, Long>> aliases(String model);
}
