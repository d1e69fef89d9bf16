package dev.tfreg.tensorflow;

import java.util.Map;
import org.tensorflow.proto.TensorProto;

/** Inputs that came with a model, as they are stored. */
final class ExampleInputs {
  private final String signature;
  private final Map<String, TensorProto> values;

  /**
   * @param signature its key
   * @param values by the inputs' keys
   */
  ExampleInputs(String signature, Map<String, TensorProto> values) {
    this.signature = signature;
    this.values = Map.copyOf(values);
  }

  String signature() {
    return signature;
  }

  Map<String, TensorProto> values() {
    return values;
  }
}
