package dev.tfreg.tensorflow;

import dev.tfreg.client.Binding;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;

/** A signature of a model, in whichever version serves when it is run. */
final class ModelSignature implements SignatureRunner {
  private final SwappableModel model;

  /** Null: the default signature. */
  private final String key;

  ModelSignature(SwappableModel model, String key) {
    this.model = model;
    this.key = key;
  }

  @Override
  public Binding binding() {
    return model.current().plan(key).binding();
  }

  @Override
  public Outputs run(Map<String, ?> inputs) {
    return model.run(key, inputs, null);
  }

  @Override
  public Outputs run(Map<String, ?> inputs, Collection<String> outputs) {
    return model.run(key, inputs, Objects.requireNonNull(outputs));
  }
}
