package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** A subgraph of a TFLite model. */
@AutoValue
public abstract class Subgraph {
  Subgraph() {}

  static Builder builder() {
    return new AutoValue_Subgraph.Builder();
  }

  /** Its name; may be empty. */
  public abstract String name();

  /** Inputs in the interpreter's order; {@link TensorSpec#ref} holds the tensor's name. */
  public abstract List<TensorSpec> inputs();

  /** Outputs likewise. */
  public abstract List<TensorSpec> outputs();

  /** How many operators it runs. */
  public abstract long operatorCount();

  /** How many tensors it has. */
  public abstract long tensorCount();

  @AutoValue.Builder
  interface Builder {
    Builder name(String name);

    Builder inputs(List<TensorSpec> inputs);

    Builder outputs(List<TensorSpec> outputs);

    Builder operatorCount(long operatorCount);

    Builder tensorCount(long tensorCount);

    Subgraph build();
  }
}
