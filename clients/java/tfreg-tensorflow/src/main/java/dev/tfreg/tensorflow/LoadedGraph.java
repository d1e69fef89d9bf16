package dev.tfreg.tensorflow;

import dev.tfreg.client.TensorRef;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Session;

/** A graph in a session, ready to run. Names are those of the artifact. */
final class LoadedGraph implements AutoCloseable {
  private final Graph graph;
  private final Session session;
  private final ImportedNames names;

  LoadedGraph(Graph graph, Session session, ImportedNames names) {
    this.graph = graph;
    this.session = session;
    this.names = names;
  }

  Session.Runner runner() {
    return session.runner();
  }

  /** Returns an operation; null if there is none. */
  GraphOperation operation(String name) {
    return graph.operation(names.imported(name));
  }

  /** Returns an output of an operation; null if there is none. */
  Output<?> output(TensorRef ref) {
    GraphOperation operation = operation(ref.operation());
    return operation == null || ref.index() >= operation.numOutputs()
        ? null
        : operation.output(ref.index());
  }

  /**
   * Returns the output that a program writes as {@code x} or {@code x:0}; null if there is none.
   */
  Output<?> output(String written) {
    int colon = written.lastIndexOf(':');
    if (colon >= 0 && written.substring(colon + 1).matches("[0-9]{1,9}")) {
      int index = Integer.parseInt(written.substring(colon + 1));
      return output(TensorRef.of(written.substring(0, colon), index));
    }
    return output(TensorRef.of(written, 0));
  }

  @Override
  public void close() {
    try {
      session.close();
    } finally {
      graph.close();
    }
  }
}
