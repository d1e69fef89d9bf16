package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A layer of a Keras model. */
@AutoValue
public abstract class KerasLayer {
  KerasLayer() {}

  static Builder builder() {
    return new AutoValue_KerasLayer.Builder();
  }

  /** Its name; below a nested model {@code model/layer}. */
  public abstract String name();

  /** Its class, such as {@code Dense}. */
  public abstract String className();

  /** Where Keras finds the class; empty if the config does not say. */
  public abstract String module();

  /** Elements of its weights; empty if the weights are not here. */
  public abstract OptionalLong parameterCount();

  /** Whether training changes it. */
  public abstract boolean trainable();

  /** What it computes in; empty if the config does not say. */
  public abstract String dtype();

  /** Shape of its first output; empty if not known. */
  public abstract Optional<Shape> outputShape();

  /** Names of the layers that it takes its inputs from. */
  public abstract List<String> inputs();

  @AutoValue.Builder
  interface Builder {
    Builder name(String name);

    Builder className(String className);

    Builder module(String module);

    Builder parameterCount(long parameterCount);

    Builder trainable(boolean trainable);

    Builder dtype(String dtype);

    Builder outputShape(Shape outputShape);

    Builder inputs(List<String> inputs);

    KerasLayer build();
  }
}
