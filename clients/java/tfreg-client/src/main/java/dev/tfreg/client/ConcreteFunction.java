package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** One trace of a function. Arguments are by name; values are as TensorFlow prints them. */
@AutoValue
public abstract class ConcreteFunction {
  ConcreteFunction() {}

  static Builder builder() {
    return new AutoValue_ConcreteFunction.Builder();
  }

  /** Its name in the graph's function library. */
  public abstract String name();

  /**
   * The positional arguments, each {@code name: value}, or the value alone where the trace has no
   * name.
   */
  public abstract List<String> arguments();

  /** The keyword arguments likewise. */
  public abstract List<String> keywordArguments();

  @AutoValue.Builder
  interface Builder {
    Builder name(String name);

    Builder arguments(List<String> arguments);

    Builder keywordArguments(List<String> keywordArguments);

    ConcreteFunction build();
  }
}
