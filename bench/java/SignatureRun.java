package dev.tfreg.bench;

import dev.tfreg.client.PullOptions;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregClient;
import dev.tfreg.tensorflow.BoundModel;
import dev.tfreg.tensorflow.Outputs;
import dev.tfreg.tensorflow.SignatureRunner;
import dev.tfreg.tensorflow.TfregModels;
import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** Runs a SavedModel of one input and one output by keys, beside a program that has its names. */
final class SignatureRun {
  private SignatureRun() {}

  /** Arguments: address, cache folder, reference, rounds, runs. */
  public static void main(String[] arguments) throws Exception {
    String reference = arguments[2];
    try (TfregClient client =
            TfregClient.builder(arguments[0]).cacheDir(Path.of(arguments[1])).build();
        BoundModel model = TfregModels.load(client, reference);
        SavedModelBundle bundle = SavedModelBundle.load(folder(client, reference), "serve")) {
      SignatureRunner signature = model.signature();
      TensorSpec input = signature.binding().feeds().get(0).tensor();
      TensorSpec output = signature.binding().fetches().get(0);
      try (TFloat32 value = TFloat32.tensorOf(shape(input))) {
        int rounds = Integer.parseInt(arguments[3]);
        int runs = Integer.parseInt(arguments[4]);
        Turns.Load bare = byNames(bundle.session(), value, name(input), name(output));
        Turns.Load keyed = byKeys(signature, value, input.key(), output.key());
        Turns.tell(Map.of("micros", Turns.micros(rounds, runs, 3 * runs, bare, keyed)));
      }
    }
  }

  private static Turns.Load byNames(Session session, TFloat32 value, String input, String output) {
    return times -> {
      for (int time = 0; time < times; time++) {
        try (Result result = session.runner().feed(input, value).fetch(output).run()) {
          result.get(0).shape();
        }
      }
    };
  }

  private static Turns.Load byKeys(
      SignatureRunner signature, TFloat32 value, String input, String output) {
    return times -> {
      for (int time = 0; time < times; time++) {
        try (Outputs outputs = signature.run(Map.of(input, value))) {
          outputs.tensor(output).shape();
        }
      }
    };
  }

  private static String folder(TfregClient client, String reference) {
    return client.pull(PullOptions.builder(reference).build()).path().toString();
  }

  private static String name(TensorSpec tensor) {
    return tensor.ref().orElseThrow().toString();
  }

  private static Shape shape(TensorSpec tensor) {
    return Shape.of(
        tensor.shape().orElseThrow().dims().stream().mapToLong(dim -> Math.max(dim, 1)).toArray());
  }
}
