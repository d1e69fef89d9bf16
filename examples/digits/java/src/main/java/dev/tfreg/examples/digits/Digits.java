package dev.tfreg.examples.digits;

import dev.tfreg.client.Binding;
import dev.tfreg.client.PullOptions;
import dev.tfreg.client.Pulled;
import dev.tfreg.client.ResolveOptions;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.exceptions.TensorFlowException;

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
    try (TfregClient registry = TfregClient.connect(args[0])) {
      Samples samples = Samples.read(Path.of(args[2]));
      String[] names = hardCoded ? Arrays.copyOfRange(args, 4, 6) : null;
      print(samples, classify(registry, args[1], samples, names));
    } catch (TfregException failure) {
      System.err.println(failure.getMessage());
      System.exit(FAILED);
    } catch (IllegalArgumentException | TensorFlowException refusal) {
      System.out.println("TensorFlow: " + refusal.getMessage());
      System.exit(hardCoded ? NAME_NOT_IN_GRAPH : FAILED);
    }
  }

  private static int[] classify(
      TfregClient registry, String reference, Samples samples, String[] names) throws IOException {
    Binding binding =
        registry.resolve(
            ResolveOptions.builder(reference).formats("saved_model", "frozen_graph").build());
    // By digest: the alias may move between the two calls.
    Pulled pulled =
        registry.pull(
            PullOptions.builder(binding.artifactReference()).formats(binding.format()).build());
    String feed = names == null ? binding.feed("image").toString() : names[0];
    String fetch = names == null ? binding.fetch("probabilities").toString() : names[1];
    System.out.printf(
        "%s:%d (%s) feed %s, fetch %s%n",
        binding.model(), binding.version(), binding.format(), feed, fetch);
    try (LoadedModel model = LoadedModel.load(pulled, binding)) {
      return model.classify(samples, feed, fetch);
    }
  }

  private static void print(Samples samples, int[] predictions) {
    int[] labels = samples.labels();
    long right =
        IntStream.range(0, labels.length).filter(i -> labels[i] == predictions[i]).count();
    String first = joined(Arrays.stream(predictions).limit(10));
    System.out.printf("accuracy: %.4f%n", (double) right / labels.length);
    System.out.printf("first predictions: %s%n", first);
    System.out.printf(
        "{\"accuracy\": %s, \"predictions\": [%s]}%n",
        (double) right / labels.length, joined(Arrays.stream(predictions)));
  }

  private static String joined(IntStream numbers) {
    return numbers.mapToObj(Integer::toString).collect(Collectors.joining(", "));
  }
}
