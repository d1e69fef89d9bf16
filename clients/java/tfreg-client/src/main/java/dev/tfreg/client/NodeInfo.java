package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Map;

/** A node of a graph. */
@AutoValue
public abstract class NodeInfo {
  NodeInfo() {}

  static Builder builder() {
    return new AutoValue_NodeInfo.Builder();
  }

  /** Its name. */
  public abstract String name();

  /** Its op, or the function that it calls. */
  public abstract String op();

  /** Its inputs as TensorFlow writes them; the first 1000. */
  public abstract List<String> inputs();

  /** The device that it is placed on; empty if none. */
  public abstract String device();

  /** The function that it belongs to; empty at the top level. */
  public abstract String function();

  /** Its outputs as far as the node itself says; the first 100. */
  public abstract List<TensorSpec> outputs();

  /** Its attributes as texts, long ones cut; at most 100. */
  public abstract Map<String, String> attributes();

  @AutoValue.Builder
  interface Builder {
    Builder name(String name);

    Builder op(String op);

    Builder inputs(List<String> inputs);

    Builder device(String device);

    Builder function(String function);

    Builder outputs(List<TensorSpec> outputs);

    Builder attributes(Map<String, String> attributes);

    NodeInfo build();
  }
}
