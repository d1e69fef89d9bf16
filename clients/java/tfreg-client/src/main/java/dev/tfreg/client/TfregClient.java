package dev.tfreg.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A connection to a tfreg registry.
 *
 * <pre>{@code
 * try (TfregClient client = TfregClient.connect("localhost:7433")) {
 *   Binding binding = client.resolve("team/bert@prod");
 *   Pulled pulled = client.pull(binding.artifactReference());
 * }
 * }</pre>
 *
 * <p>Every method blocks, throws {@link TfregException} and nothing else, and may be called by any
 * number of threads. Nothing is connected until the first call.
 */
public interface TfregClient extends AutoCloseable {
  /**
   * Returns a client with the default settings.
   *
   * @param address {@code host:port} or {@code unix:/path/of/socket}
   */
  static TfregClient connect(String address) {
    return builder(address).build();
  }

  /**
   * Starts a client with settings.
   *
   * @param address {@code host:port} or {@code unix:/path/of/socket}
   */
  static TfregClientBuilder builder(String address) {
    return new TfregClientBuilder(address);
  }

  /** Returns the same calls as futures, on the same connection. */
  AsyncTfregClient async();

  /** Returns the names to feed and to fetch, with the defaults of {@link ResolveOptions}. */
  Binding resolve(String reference);

  /** Returns the names to feed and to fetch. */
  Binding resolve(ResolveOptions options);

  /**
   * Returns the names to feed and to fetch if they are not those that the caller has.
   *
   * @param knownRevision {@link Binding#revision} of an earlier answer to the same options
   * @return empty if that answer still holds
   */
  Optional<Binding> resolveIfChanged(ResolveOptions options, String knownRevision);

  /**
   * Tells the registry what this runtime can load. The list of ops is sent only if the registry
   * lacks it; should the registry forget the runtime later, this client registers it again by
   * itself.
   *
   * @param opList the serialised {@code tensorflow.OpList} that the profile was made from
   * @return the runtime's digest, for {@link ResolveOptions#runtime} and {@link DiagnoseOptions}
   */
  String registerRuntime(RuntimeProfile profile, byte[] opList);

  /**
   * Returns whether a runtime can load and run an artifact, without loading it: every op, attribute
   * and dtype of the graph and of its functions is compared with what the runtime has.
   */
  Diagnosis diagnose(DiagnoseOptions options);

  /** Brings the pushed artifact of a version into the cache, unless it is there. */
  Pulled pull(String reference);

  /**
   * Brings an artifact onto this machine: verified, going on where an interrupted pull stopped, and
   * visible only when complete. docs/cache.md describes the files.
   */
  Pulled pull(PullOptions options);

  /** Returns all models, sorted by name. */
  List<ModelInfo> listModels();

  /** Returns the models whose names start so, sorted by name; empty prefix: all. */
  List<ModelInfo> listModels(String prefix);

  /** Returns the versions of a model that are not deleted, newest first. */
  List<VersionInfo> listVersions(String model);

  /** Returns the version that a reference stands for. */
  VersionInfo getVersion(String reference);

  /** Returns which version each alias of a model points at. */
  Map<String, Long> aliases(String model);

  /**
   * Tells a listener what happens to models, until the returned watch is closed. Lost connections
   * are made again without missing or doubling an event. Returns at once, whether or not the
   * registry answers.
   */
  Watching watch(WatchOptions options, WatchListener listener);

  /** Returns what happens to models as a stream to read from; close it. */
  EventStream watch(WatchOptions options);

  /**
   * Returns bindings that are answered locally until the registry tells that they may have changed:
   * the same at each call, with the defaults of {@link WatchedOptions}, ended with this client.
   */
  WatchedBindings watched();

  /** Returns bindings of their own that are answered locally, ended with this client or before. */
  WatchedBindings watched(WatchedOptions options);

  /**
   * Sends a model: what the registry lacks of it, by some streams at once. The same artifact again
   * is the same version, and nothing is sent. A stream that breaks is resumed.
   */
  Pushed push(PushOptions options);

  /**
   * Moves, makes and removes aliases of a model: all or none.
   *
   * @return the model after the moves
   */
  ModelInfo setAliases(String model, List<AliasMove> moves);

  /** Returns where a model's aliases have pointed, newest first. */
  List<AliasMoved> aliasMoves(String model);

  /** Returns where an alias of a model has pointed, newest first. */
  List<AliasMoved> aliasMoves(String model, String alias);

  /**
   * Deletes a version that no alias points at. It can be undeleted for as long as {@link
   * ServerLimits#undeletePeriod} says. Its number is never given again.
   */
  VersionInfo deleteVersion(String model, long version);

  /** Deletes a version for good; what only it held is freed before the answer. */
  VersionInfo purgeVersion(String model, long version);

  /** Takes a deletion back. */
  VersionInfo undeleteVersion(String model, long version);

  /** Returns what {@link #convert} would do, and does nothing. */
  ConversionPlan plan(ConvertOptions options);

  /**
   * Converts a version's model; the result becomes an artifact of the version. The same again is
   * answered at once. Interrupting the thread ends the waiting only; {@link #cancelJob} ends the
   * conversion.
   */
  Converted convert(ConvertOptions options);

  /** Converts as {@link #convert(ConvertOptions)} does, and tells how far it is. */
  Converted convert(ConvertOptions options, ProgressListener listener);

  /** Returns the conversions of a version, oldest first. */
  List<Converted> conversions(String reference);

  /** Returns a conversion that is worked on, or was. */
  Job job(String id);

  /** Ends a conversion for all who wait for it. One that has ended stays as it is. */
  Job cancelJob(String id);

  /** Returns what the pushed artifact of a version says about itself. */
  Inspection inspect(String reference);

  /**
   * Returns what an artifact says about itself: signatures, ops, problems; no TensorFlow is run.
   */
  Inspection inspect(InspectOptions options);

  /** Returns nodes of an artifact's graph, in the file's order. */
  List<NodeInfo> listNodes(ListNodesOptions options);

  /** Returns the tensors that the pushed artifact of a version stores, sorted by name. */
  List<StoredTensor> listTensors(String reference);

  /** Returns the tensors that an artifact stores, sorted by name. */
  List<StoredTensor> listTensors(ListTensorsOptions options);

  /** Returns the value of a tensor of the pushed artifact, of 1 GiB at most. */
  TensorValue readTensor(String reference, String name);

  /** Returns values of tensors, or of boxes of them, in the order asked. */
  List<TensorValue> readTensors(ReadTensorsOptions options);

  /**
   * Returns the frozen graph of a version as bytes, for {@code Graph.importGraphDef(byte[])} of
   * org.tensorflow:tensorflow 1.15 and for {@code GraphDef.parseFrom} of TensorFlow Java. Nothing
   * is written to the disk.
   *
   * @throws TfregException FORMAT_NOT_STORED if the version has none; {@link BytesOptions#convert}
   *     has it made
   */
  byte[] bytes(String reference);

  /** Returns an artifact that is one file as bytes; nothing is written to the disk. */
  byte[] bytes(BytesOptions options);

  /** Returns what the server can do. */
  Capabilities capabilities();

  /** Closes the connection. Calls that are under way have a few seconds to end; watches end. */
  @Override
  void close();
}
