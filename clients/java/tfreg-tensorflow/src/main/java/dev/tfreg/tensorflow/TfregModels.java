package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregClient;

/** Loads models of a registry into TensorFlow. */
public final class TfregModels {
  private TfregModels() {}

  /** Loads a model with the default settings. */
  public static BoundModel load(TfregClient client, String reference) {
    return load(client, LoadOptions.builder(reference).build());
  }

  /** Loads a model: registers this runtime, resolves, pulls, checks, loads. */
  public static BoundModel load(TfregClient client, LoadOptions options) {
    throw new UnsupportedOperationException(client + " " + options);
  }
}
