package dev.tfreg.examples.tensorflow1;

import dev.tfreg.client.Binding;
import dev.tfreg.client.BytesOptions;
import dev.tfreg.client.ResolveOptions;
import dev.tfreg.client.TensorRef;
import dev.tfreg.client.TfregClient;
import java.util.Arrays;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * Classifies texts with org.tensorflow:tensorflow 1.15, without knowing one name of the graph, and
 * without a file: the registry freezes the model, and its bytes are imported.
 *
 * <p>Usage: {@code Classify SERVER}
 */
public final class Classify {
  private static final int[][] IDS = {{2, 7, 1, 8, 0, 0, 0, 0}, {3, 1, 4, 1, 5, 9, 2, 6}};
  private static final int[][] MASK = {{1, 1, 1, 1, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1}};

  private Classify() {}

  /** Prints the probabilities of each text. */
  public static void main(String[] args) {
    ResolveOptions options =
        ResolveOptions.builder("team/classifier@prod")
            .formats("frozen_graph")
            .convert(true)
            .build();
    try (TfregClient client = TfregClient.connect(args[0])) {
      Binding binding = client.resolve(options);
      byte[] graphDef =
          client.bytes(
              BytesOptions.builder(binding.artifactReference()).formats("frozen_graph").build());
      try (Graph graph = new Graph();
          Session session = new Session(graph)) {
        graph.importGraphDef(graphDef);
        for (String operation : binding.targets().initOperations()) {
          session.runner().addTarget(operation).run();
        }
        System.out.println(Arrays.deepToString(run(session, binding)));
      }
    }
  }

  private static float[][] run(Session session, Binding binding) {
    Session.Runner runner = session.runner();
    TensorRef scores = binding.fetch("probabilities");
    try (Tensor<?> ids = Tensor.create(IDS);
        Tensor<?> mask = Tensor.create(MASK);
        Tensor<?> segments = Tensor.create(new int[2][8])) {
      feed(runner, binding.feed("input_ids"), ids);
      feed(runner, binding.feed("input_mask"), mask);
      feed(runner, binding.feed("segment_ids"), segments);
      try (Tensor<?> fetched =
          runner.fetch(scores.operation(), scores.index()).run().get(0)) {
        return fetched.copyTo(new float[2][3]);
      }
    }
  }

  private static void feed(Session.Runner runner, TensorRef to, Tensor<?> value) {
    runner.feed(to.operation(), to.index(), value);
  }
}
