package dev.tfreg.examples.typed;

import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.examples.typed.models.ClassifierServingDefault;
import dev.tfreg.tensorflow.BoundModel;
import dev.tfreg.tensorflow.TfregModels;
import java.util.Arrays;

/**
 * Classifies two texts of token ids, by the class that the build generated from {@code tfreg.lock}.
 *
 * <p>Usage: {@code Classify SERVER}
 */
public final class Classify {
  private static final int[][] IDS = {{2, 7, 1, 8, 0, 0, 0, 0}, {3, 1, 4, 1, 5, 9, 2, 6}};
  private static final int[][] MASK = {{1, 1, 1, 1, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1}};
  private static final int[][] SEGMENTS = new int[2][8];

  private Classify() {}

  /** Prints the label and the probabilities of each text; the exit code is 1 if that failed. */
  public static void main(String[] args) {
    try (TfregClient registry = TfregClient.connect(args[0]);
        BoundModel model = TfregModels.load(registry, ClassifierServingDefault.REFERENCE)) {
      // Refused here, with what differs, if the model is not as it was locked.
      ClassifierServingDefault classifier = ClassifierServingDefault.of(model);
      // A missing input, a misspelt one or one of another type would not compile.
      try (ClassifierServingDefault.Result result = classifier.run(IDS, MASK, SEGMENTS)) {
        long[] labels = result.labelValue();
        float[][] probabilities = result.probabilitiesValue();
        for (int text = 0; text < labels.length; text++) {
          System.out.println(labels[text] + " " + Arrays.toString(probabilities[text]));
        }
      }
    } catch (TfregException failure) {
      System.err.println(failure.reason() + ": " + failure.getMessage());
      System.exit(1);
    }
  }
}
