package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The architecture of a Keras model. */
@AutoValue
public abstract class KerasModel {
  KerasModel() {}

  static Builder builder() {
    return new AutoValue_KerasModel.Builder();
  }

  /** The model's name. */
  public abstract String name();

  /** {@code Functional}, {@code Sequential} or the author's own class. */
  public abstract String className();

  /** Input tensors; the key is the name by which a dict of inputs feeds it. */
  public abstract List<TensorSpec> inputs();

  /** Output tensors likewise. */
  public abstract List<TensorSpec> outputs();

  /** The layers in the config's order, a nested model before its own layers. */
  public abstract List<KerasLayer> layers();

  /** Elements of all weights, the optimiser's left out; empty if the weights are not here. */
  public abstract OptionalLong parameterCount();

  /** Those that training changes; empty likewise. */
  public abstract OptionalLong trainableParameterCount();

  /** Class of the optimiser; empty if the model was not compiled. */
  public abstract String optimizer();

  /** The compile config, each value as JSON. */
  public abstract Map<String, String> training();

  /** Classes and functions that Keras does not have: loading needs the author's code. */
  public abstract List<String> customObjects();

  @AutoValue.Builder
  interface Builder {
    Builder name(String name);

    Builder className(String className);

    Builder inputs(List<TensorSpec> inputs);

    Builder outputs(List<TensorSpec> outputs);

    Builder layers(List<KerasLayer> layers);

    Builder parameterCount(long parameterCount);

    Builder trainableParameterCount(long trainableParameterCount);

    Builder optimizer(String optimizer);

    Builder training(Map<String, String> training);

    Builder customObjects(List<String> customObjects);

    KerasModel build();
  }
}
