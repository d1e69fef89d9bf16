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
 * Asks a model of scanned digits, such as the one of {@code make demo}, what a blank image shows:
 * with org.tensorflow:tensorflow 1.15, without one name of the graph, and without a file. The
 * registry freezes the model, and its bytes are imported.
 *
 * <p>Usage: {@code BlankImage SERVER REFERENCE}
 */
public final class BlankImage {
  private BlankImage() {}

  /** Prints the probability of each digit. */
  public static void main(String[] args) {
    ResolveOptions options =
        ResolveOptions.builder(args[1]).formats("frozen_graph").convert(true).build();
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
        System.out.println(Arrays.toString(run(session, binding)));
      }
    }
  }

  private static float[] run(Session session, Binding binding) {
    TensorRef image = binding.feed("image");
    TensorRef probabilities = binding.fetch("probabilities");
    try (Tensor<?> blank = Tensor.create(new float[1][8][8][1]);
        Tensor<?> fetched =
            session
                .runner()
                .feed(image.operation(), image.index(), blank)
                .fetch(probabilities.operation(), probabilities.index())
                .run()
                .get(0)) {
      return fetched.copyTo(new float[1][10])[0];
    }
  }
}
