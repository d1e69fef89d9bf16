package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/**
 * What identifies a model in any format. Each is {@code sha256:<hex>}, or empty where the format
 * does not say enough to compute it.
 */
@AutoValue
public abstract class Fingerprints {
  Fingerprints() {}

  static Builder builder() {
    return new AutoValue_Fingerprints.Builder();
  }

  /**
   * Of program and weights: equal for the same model as SavedModel, checkpoint and frozen graph
   * where its weights are equal.
   */
  public abstract String model();

  /** Of what the graph computes. */
  public abstract String program();

  /** Of the weights by content, whatever their names. */
  public abstract String weights();

  /** Of signature keys, dtypes and shapes: equal where a caller's code can stay as it is. */
  public abstract String interfaces();

  @AutoValue.Builder
  interface Builder {
    Builder model(String model);

    Builder program(String program);

    Builder weights(String weights);

    Builder interfaces(String interfaces);

    Fingerprints build();
  }
}
