package dev.tfreg.examples.digits;

import dev.tfreg.client.Binding;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.tensorflow.BoundModel;
import dev.tfreg.tensorflow.Outputs;
import dev.tfreg.tensorflow.SignatureRunner;
import dev.tfreg.tensorflow.TfregModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.types.TFloat32;

/**
 * Reads scanned digits with a model of a registry, without knowing one name of its graph.
 *
 * <p>Usage: {@code Digits SERVER REFERENCE SAMPLES [--hard-coded FEED FETCH]}
 */
public final class Digits {
  private static final int FAILED = 1;
  private static final int WRONG_USE = 2;
  private static final int NAME_NOT_IN_GRAPH = 3;

  private Digits() {}

  /** Runs the program; the exit code is 0, 1 (failed), 2 (wrong use), 3 (name not in the graph). */
  public static void main(String[] args) throws IOException {
    boolean hardCoded = args.length == 6 && args[3].equals("--hard-coded");
    if (args.length != 3 && !hardCoded) {
      System.err.println("Usage: Digits SERVER REFERENCE SAMPLES [--hard-coded FEED FETCH]");
      System.exit(WRONG_USE);
    }
    Samples samples = Samples.read(Path.of(args[2]));
    try (TfregClient registry = TfregClient.connect(args[0]);
        TFloat32 images = samples.tensor()) {
      float[][] scores =
          hardCoded
              ? HardCoded.run(registry, args[1], images, args[4], args[5])
              : run(registry, args[1], images);
      print(samples.labels(), mostProbable(scores));
    } catch (TfregException failure) {
      System.err.println(failure.getMessage());
      System.exit(FAILED);
    } catch (IllegalArgumentException | TensorFlowException refusal) {
      System.out.println("TensorFlow: " + refusal.getMessage());
      System.exit(NAME_NOT_IN_GRAPH);
    }
  }

  /** All that a program needs to know: the keys of the signature. */
  private static float[][] run(TfregClient registry, String reference, TFloat32 images) {
    try (BoundModel model = TfregModels.load(registry, reference)) {
      SignatureRunner signature = model.signature();
      Binding names = signature.binding();
      System.out.printf(
          "%s:%d (%s) feed %s, fetch %s%n",
          names.model(),
          names.version(),
          names.format(),
          names.feed("image"),
          names.fetch("probabilities"));
      try (Outputs outputs = signature.run(Map.of("image", images))) {
        return outputs.value("probabilities", float[][].class);
      }
    }
  }

  private static int[] mostProbable(float[][] scores) {
    return Arrays.stream(scores)
        .mapToInt(row -> IntStream.range(0, row.length).reduce(0, (a, b) -> row[b] > row[a] ? b : a))
        .toArray();
  }

  private static void print(int[] labels, int[] predictions) {
    long right =
        IntStream.range(0, labels.length).filter(i -> labels[i] == predictions[i]).count();
    double accuracy = (double) right / labels.length;
    System.out.printf("accuracy: %.4f%n", accuracy);
    System.out.printf("first predictions: %s%n", joined(Arrays.stream(predictions).limit(10)));
    System.out.printf(
        "{\"accuracy\": %s, \"predictions\": [%s]}%n",
        accuracy, joined(Arrays.stream(predictions)));
  }

  private static String joined(IntStream numbers) {
    return numbers.mapToObj(Integer::toString).collect(Collectors.joining(", "));
  }
}
