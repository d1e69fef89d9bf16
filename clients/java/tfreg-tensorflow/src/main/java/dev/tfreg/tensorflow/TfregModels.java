package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregClient;

/** Loads models of a registry into TensorFlow. */
public final class TfregModels {
  private TfregModels() {}

  /** Loads a model with the default settings. */
  public static BoundModel load(TfregClient client, String reference) {
    return load(client, LoadOptions.builder(reference).build());
  }

  /**
   * Loads a model: resolves, compares it with what this runtime has, pulls, loads.
   *
   * @throws dev.tfreg.client.TfregException RUNTIME_UNFIT if it has an op, attribute or dtype that
   *     this TensorFlow lacks, in whatever branch; FORMAT_NOT_LOADABLE; LOAD_FAILED; and all that
   *     {@link TfregClient#resolve(String)} and {@link TfregClient#pull(String)} throw
   */
  public static BoundModel load(TfregClient client, LoadOptions options) {
    Loader loader = new Loader(client);
    return new SwappableModel(loader, options, loader.load(options));
  }
}
