package dev.tfreg.examples.digits;

import dev.tfreg.client.Pulled;
import dev.tfreg.client.TfregClient;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;

/** What programs do that know the names of one export: TensorFlow Java alone. */
final class HardCoded {
  private HardCoded() {}

  /**
   * Runs the model by names of its graph.
   *
   * @throws IllegalArgumentException TensorFlow's, if the graph has no such names
   */
  static float[][] run(
      TfregClient registry, String reference, TFloat32 images, String feed, String fetch) {
    Pulled pulled = registry.pull(reference);
    System.out.printf(
        "%s:%d (%s) feed %s, fetch %s%n",
        pulled.model(), pulled.version(), pulled.format(), feed, fetch);
    try (SavedModelBundle model = SavedModelBundle.load(pulled.path().toString(), "serve");
        Result result = model.session().runner().feed(feed, images).fetch(fetch).run()) {
      TFloat32 scores = (TFloat32) result.get(0);
      // Copied before the result is closed, which frees them.
      return StdArrays.array2dCopyOf(scores);
    }
  }
}
