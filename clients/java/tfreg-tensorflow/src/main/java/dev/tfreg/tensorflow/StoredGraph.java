package dev.tfreg.tensorflow;

import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/** A graph as it lies on the disk, and the files that it reads when it is loaded. */
final class StoredGraph {
  private final GraphDef graph;
  private final String checkpointPrefix;
  private final Map<String, Path> assets;

  private StoredGraph(GraphDef graph, String checkpointPrefix, Map<String, Path> assets) {
    this.graph = graph;
    this.checkpointPrefix = checkpointPrefix;
    this.assets = assets;
  }

  GraphDef graph() {
    return graph;
  }

  /** What the restore operation is fed with; empty if there are no variables on the disk. */
  Optional<String> checkpointPrefix() {
    return Optional.ofNullable(checkpointPrefix);
  }

  /** Files by the name of the tensor that is fed with their path. */
  Map<String, Path> assets() {
    return assets;
  }

  /** Reads the MetaGraphDef with exactly these tags. */
  static StoredGraph savedModel(Path folder, Set<String> tags) throws IOException {
    Path binary = folder.resolve("saved_model.pb");
    Path file = Files.exists(binary) ? binary : folder.resolve("saved_model.pbtxt");
    SavedModel.Builder model = SavedModel.newBuilder();
    read(file, model);
    MetaGraphDef found =
        model.getMetaGraphsList().stream()
            .filter(meta -> Set.copyOf(meta.getMetaInfoDef().getTagsList()).equals(tags))
            .findFirst()
            .orElseThrow(() -> new IOException("it has no tag set " + tags + "."));
    Path variables = folder.resolve("variables/variables");
    boolean hasVariables = Files.exists(Path.of(variables + ".index"));
    Map<String, Path> assets = new HashMap<>();
    for (AssetFileDef asset : assets(found)) {
      assets.put(
          asset.getTensorInfo().getName(), folder.resolve("assets").resolve(asset.getFilename()));
    }
    return new StoredGraph(found.getGraphDef(), hasVariables ? variables.toString() : null, assets);
  }

  /** Assets of a MetaGraphDef; the first releases kept them in a collection. */
  private static List<AssetFileDef> assets(MetaGraphDef meta) throws IOException {
    if (meta.getAssetFileDefCount() > 0 || !meta.containsCollectionDef("saved_model_assets")) {
      return meta.getAssetFileDefList();
    }
    List<AssetFileDef> assets = new java.util.ArrayList<>();
    for (com.google.protobuf.Any packed :
        meta.getCollectionDefOrThrow("saved_model_assets").getAnyList().getValueList()) {
      assets.add(packed.unpack(AssetFileDef.class));
    }
    return assets;
  }

  /** Reads a GraphDef, binary or as text. */
  static StoredGraph frozenGraph(Path file) throws IOException {
    GraphDef.Builder graph = GraphDef.newBuilder();
    read(file, graph);
    return new StoredGraph(graph.build(), null, Map.of());
  }

  /** Reads the graph beside a checkpoint. */
  static StoredGraph checkpoint(Path folder) throws IOException {
    List<Path> metas;
    try (Stream<Path> files = Files.list(folder)) {
      metas =
          files
              .filter(file -> file.toString().endsWith(".meta"))
              .sorted()
              .collect(Collectors.toList());
    }
    if (metas.isEmpty()) {
      throw new NoSuchFileException("it has no .meta file that would say how to restore it.");
    }
    MetaGraphDef.Builder meta = MetaGraphDef.newBuilder();
    String file = metas.get(0).toString();
    read(metas.get(0), meta);
    String prefix = file.substring(0, file.length() - ".meta".length());
    return new StoredGraph(meta.getGraphDef(), prefix, Map.of());
  }

  private static void read(Path file, Message.Builder into) throws IOException {
    String name = file.getFileName().toString();
    if (!name.endsWith(".pbtxt") && !name.endsWith(".txt")) {
      try (InputStream content = Files.newInputStream(file)) {
        into.mergeFrom(content, ExtensionRegistryLite.getEmptyRegistry());
        return;
      } catch (InvalidProtocolBufferException notBinary) {
        into.clear();
        if (!isText(file)) {
          throw notBinary;
        }
      }
    }
    try (java.io.BufferedReader content = Files.newBufferedReader(file)) {
      TextFormat.getParser().merge(content, into);
    }
  }

  private static boolean isText(Path file) throws IOException {
    try (InputStream content = Files.newInputStream(file)) {
      for (byte one : content.readNBytes(512)) {
        if (one < ' ' && one != '\n' && one != '\r' && one != '\t') {
          return false;
        }
      }
      return true;
    }
  }
}
