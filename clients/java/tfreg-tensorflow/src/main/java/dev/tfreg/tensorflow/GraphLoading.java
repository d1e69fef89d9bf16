package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Targets;
import dev.tfreg.client.TensorRef;
import dev.tfreg.client.TfregException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TString;

/**
 * Brings a stored graph into a session, as TensorFlow's own loader does: import, restore,
 * initialise with the assets' paths fed. All formats go this one way. {@code SavedModelBundle.load}
 * does not serve here: it fails for the whole model where one signature has a sparse or ragged
 * tensor, and fills the tables of some TF1 models a second time, without their files.
 */
final class GraphLoading {
  private GraphLoading() {}

  static LoadedGraph load(Binding binding, Path path, ConfigProto config) {
    String what = binding.model() + ":" + binding.version() + " (" + binding.format() + ")";
    try {
      return load(stored(binding, path), binding.targets(), config);
    } catch (TfregException ours) {
      throw ours;
    } catch (LinkageError failure) {
      throw Failures.nativeLibraryMissing(failure);
    } catch (IOException | RuntimeException failure) {
      throw Failures.load(what, hint(binding), failure);
    }
  }

  private static StoredGraph stored(Binding binding, Path path) throws IOException {
    switch (binding.format()) {
      case "saved_model":
        List<String> tags = binding.loaderTags().isEmpty() ? binding.tags() : binding.loaderTags();
        return StoredGraph.savedModel(path, Set.copyOf(tags));
      case "frozen_graph":
        return StoredGraph.frozenGraph(path);
      case "tf1_checkpoint":
        return StoredGraph.checkpoint(path);
      default:
        throw new IOException("a loader for it is missing.");
    }
  }

  private static String hint(Binding binding) {
    if (binding.format().equals("tf1_checkpoint")) {
      return "Load it as a frozen graph: LoadOptions.builder(reference).formats(\"frozen_graph\")"
          + ".convert(true).";
    }
    return "See if the registry finds a reason: tfreg diagnose "
        + binding.artifactReference()
        + ".";
  }

  private static LoadedGraph load(StoredGraph stored, Targets targets, ConfigProto config)
      throws IOException {
    GraphDef wanted = withoutOutputShapes(stored.graph());
    ImportedNames names = ImportedNames.of(wanted);
    Graph graph = new Graph();
    Session session = null;
    try {
      graph.importGraphDef(names.rename(wanted));
      session = new Session(graph, config);
      LoadedGraph loaded = new LoadedGraph(graph, session, names);
      prepare(loaded, stored, targets);
      return loaded;
    } catch (RuntimeException | IOException | Error failure) {
      if (session != null) {
        session.close();
      }
      graph.close();
      throw failure;
    }
  }

  private static void prepare(LoadedGraph graph, StoredGraph stored, Targets targets)
      throws IOException {
    try (TensorHolder tensors = new TensorHolder()) {
      Map<Output<?>, Tensor> assets = new LinkedHashMap<>();
      for (Map.Entry<String, Path> asset : stored.assets().entrySet()) {
        Output<?> output = graph.output(asset.getKey());
        if (output != null) {
          assets.put(output, tensors.add(TString.scalarOf(asset.getValue().toString())));
        }
      }
      if (targets.restoreOperation().isPresent() && stored.checkpointPrefix().isPresent()) {
        TensorRef filename = targets.restoreFilename().orElseThrow();
        Map<Output<?>, Tensor> feeds = new LinkedHashMap<>(assets);
        feeds.put(
            required(graph.output(filename), filename.toString()),
            tensors.add(TString.scalarOf(stored.checkpointPrefix().get())));
        run(graph, targets.restoreOperation().get(), feeds);
      }
      for (String operation : targets.initOperations()) {
        run(graph, operation, assets);
      }
    }
  }

  private static void run(LoadedGraph graph, String operation, Map<Output<?>, Tensor> feeds)
      throws IOException {
    Session.Runner runner = graph.runner();
    feeds.forEach(runner::feed);
    GraphOperation target = required(graph.operation(operation), operation);
    runner.addTarget(target).run().close();
  }

  private static <T> T required(T found, String name) throws IOException {
    if (found == null) {
      throw new IOException("its graph has no '" + name + "', which loading it needs.");
    }
    return found;
  }

  /**
   * Leaves out what older releases noted of outputs' shapes: it is not needed, and the importer
   * refuses the graphs of some of them for it.
   */
  private static GraphDef withoutOutputShapes(GraphDef graph) {
    if (graph.getNodeList().stream().noneMatch(GraphLoading::hasOutputShapes)) {
      return graph;
    }
    GraphDef.Builder result = graph.toBuilder().clearNode();
    List<NodeDef> nodes = new ArrayList<>(graph.getNodeCount());
    for (NodeDef node : graph.getNodeList()) {
      nodes.add(
          hasOutputShapes(node) ? node.toBuilder().removeAttr("_output_shapes").build() : node);
    }
    return result.addAllNode(nodes).build();
  }

  private static boolean hasOutputShapes(NodeDef node) {
    return node.containsAttr("_output_shapes");
  }
}
