package dev.tfreg.tensorflow;

import dev.tfreg.client.TensorRef;
import java.util.Arrays;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.types.TFloat32;

/**
 * What running by key costs beside a bare runner with names in the program. Not a test: run its
 * main with the registry's address and a model whose default signature takes one float tensor; the
 * bare runner uses the same session. Prints medians of rounds in microseconds.
 */
public final class RunTiming {
  private static final int ROUNDS = 41;
  private static final int RUNS = 2000;

  private RunTiming() {}

  /** Interleaves rounds of both ways, so that a slow moment of the machine meets both. */
  public static void main(String[] arguments) {
    try (dev.tfreg.client.TfregClient client = dev.tfreg.client.TfregClient.connect(arguments[0]);
        BoundModel model =
            TfregModels.load(client, LoadOptions.builder(arguments[1]).preflight(false).build())) {
      time((SwappableModel) model);
    }
  }

  private static void time(SwappableModel model) {
    SignatureRunner signature = model.signature();
    var feed = signature.binding().feeds().get(0).tensor();
    TensorRef in = feed.ref().orElseThrow();
    TensorRef out = signature.binding().fetches().get(0).ref().orElseThrow();
    long[] dims =
        feed.shape().orElseThrow().dims().stream().mapToLong(dim -> Math.max(dim, 1)).toArray();
    LoadedGraph graph = model.current().graph();
    double[] bare = new double[ROUNDS];
    double[] keyed = new double[ROUNDS];
    try (TFloat32 x = TFloat32.tensorOf(org.tensorflow.ndarray.Shape.of(dims))) {
      Map<String, TFloat32> inputs = Map.of(feed.key(), x);
      for (int round = 0; round < ROUNDS; round++) {
        bare[round] = bare(graph, in, out, x);
        keyed[round] = keyed(signature, inputs);
      }
    }
    double[] ratios = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      ratios[round] = keyed[round] / bare[round];
    }
    System.out.printf(
        "bare %.2f us, keyed %.2f us, ratio %.3f%n", median(bare), median(keyed), median(ratios));
  }

  private static double bare(LoadedGraph graph, TensorRef in, TensorRef out, TFloat32 x) {
    long start = System.nanoTime();
    for (int run = 0; run < RUNS; run++) {
      try (Result result =
          graph
              .runner()
              .feed(in.operation(), in.index(), x)
              .fetch(out.operation(), out.index())
              .run()) {
        result.get(0).shape();
      }
    }
    return (System.nanoTime() - start) / 1e3 / RUNS;
  }

  private static double keyed(SignatureRunner signature, Map<String, TFloat32> inputs) {
    long start = System.nanoTime();
    for (int run = 0; run < RUNS; run++) {
      try (Outputs outputs = signature.run(inputs)) {
        outputs.keys();
      }
    }
    return (System.nanoTime() - start) / 1e3 / RUNS;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
