package dev.tfreg.examples.digits;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Pulled;
import java.io.IOException;
import java.nio.file.Files;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/** A model in TensorFlow, whichever format it was stored in. */
final class LoadedModel implements AutoCloseable {
  private final Session session;
  private final AutoCloseable owner;

  private LoadedModel(Session session, AutoCloseable owner) {
    this.session = session;
    this.owner = owner;
  }

  static LoadedModel load(Pulled pulled, Binding binding) throws IOException {
    if (pulled.format().equals("saved_model")) {
      SavedModelBundle bundle =
          SavedModelBundle.load(
              pulled.path().toString(), binding.tags().toArray(String[]::new));
      return new LoadedModel(bundle.session(), bundle);
    }
    Graph graph = new Graph();
    graph.importGraphDef(GraphDef.parseFrom(Files.readAllBytes(pulled.path())));
    Session session = new Session(graph);
    // A SavedModel's loader does this by itself.
    for (String operation : binding.targets().initOperations()) {
      session.runner().addTarget(operation).run().close();
    }
    return new LoadedModel(session, graph);
  }

  /** Returns the most probable class of each sample. */
  int[] classify(Samples samples, String feed, String fetch) {
    try (TFloat32 images =
            TFloat32.tensorOf(Shape.of(samples.shape()), DataBuffers.of(samples.images()));
        Result result = session.runner().feed(feed, images).fetch(fetch).run()) {
      // The scores belong to the result: they are read before it is closed.
      TFloat32 scores = (TFloat32) result.get(0);
      int[] best = new int[(int) scores.shape().get(0)];
      for (int row = 0; row < best.length; row++) {
        for (int column = 1; column < scores.shape().get(1); column++) {
          if (scores.getFloat(row, column) > scores.getFloat(row, best[row])) {
            best[row] = column;
          }
        }
      }
      return best;
    }
  }

  @Override
  public void close() {
    try {
      session.close();
      owner.close();
    } catch (Exception failure) {
      throw new IllegalStateException("TensorFlow did not close the model.", failure);
    }
  }
}
