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

  /** As {@link TfregClient#push}. */
  CompletableFuture<Pushed> push(PushOptions options);

  /** As {@link TfregClient#setAliases}. */
  CompletableFuture<ModelInfo> setAliases(String model, List<AliasMove> moves);

  /** As {@link TfregClient#aliasMoves(String)}. */
  CompletableFuture<List<AliasMoved>> aliasMoves(String model);

  /** As {@link TfregClient#aliasMoves(String, String)}. */
  CompletableFuture<List<AliasMoved>> aliasMoves(String model, String alias);

  /** As {@link TfregClient#deleteVersion}. */
  CompletableFuture<VersionInfo> deleteVersion(String model, long version);

  /** As {@link TfregClient#purgeVersion}. */
  CompletableFuture<VersionInfo> purgeVersion(String model, long version);

  /** As {@link TfregClient#undeleteVersion}. */
  CompletableFuture<VersionInfo> undeleteVersion(String model, long version);

  /** As {@link TfregClient#plan}. */
  CompletableFuture<ConversionPlan> plan(ConvertOptions options);

  /** As {@link TfregClient#convert(ConvertOptions)}. */
  CompletableFuture<Converted> convert(ConvertOptions options);

  /** As {@link TfregClient#convert(ConvertOptions, ProgressListener)}. */
  CompletableFuture<Converted> convert(ConvertOptions options, ProgressListener listener);

  /** As {@link TfregClient#conversions}. */
  CompletableFuture<List<Converted>> conversions(String reference);

  /** As {@link TfregClient#job}. */
  CompletableFuture<Job> job(String id);

  /** As {@link TfregClient#cancelJob}. */
  CompletableFuture<Job> cancelJob(String id);

  /** As {@link TfregClient#inspect(String)}. */
  CompletableFuture<Inspection> inspect(String reference);

  /** As {@link TfregClient#inspect(InspectOptions)}. */
  CompletableFuture<Inspection> inspect(InspectOptions options);

  /** As {@link TfregClient#listNodes}. */
  CompletableFuture<List<NodeInfo>> listNodes(ListNodesOptions options);

  /** As {@link TfregClient#listTensors(String)}. */
  CompletableFuture<List<StoredTensor>> listTensors(String reference);

  /** As {@link TfregClient#listTensors(ListTensorsOptions)}. */
  CompletableFuture<List<StoredTensor>> listTensors(ListTensorsOptions options);

  /** As {@link TfregClient#readTensor}. */
  CompletableFuture<TensorValue> readTensor(String reference, String name);

  /** As {@link TfregClient#readTensors}. */
  CompletableFuture<List<TensorValue>> readTensors(ReadTensorsOptions options);

  /** As {@link TfregClient#bytes(String)}. */
  CompletableFuture<byte[]> bytes(String reference);

  /** As {@link TfregClient#bytes(BytesOptions)}. */
  CompletableFuture<byte[]> bytes(BytesOptions options);

  /** As {@link TfregClient#capabilities}. */
  CompletableFuture<Capabilities> capabilities();
}
