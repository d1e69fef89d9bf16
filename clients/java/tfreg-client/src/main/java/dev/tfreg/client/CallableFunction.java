package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** A function that a TF2 SavedModel offers to Python callers. */
@AutoValue
public abstract class CallableFunction {
  CallableFunction() {}

  static Builder builder() {
    return new AutoValue_CallableFunction.Builder();
  }

  /** Its path in the object graph, such as {@code __call__} or {@code encoder.embed}. */
  public abstract String name();

  /** One entry for each traced set of arguments. */
  public abstract List<ConcreteFunction> concreteFunctions();

  @AutoValue.Builder
  interface Builder {
    Builder name(String name);

    Builder concreteFunctions(List<ConcreteFunction> concreteFunctions);

    CallableFunction build();
  }
}
