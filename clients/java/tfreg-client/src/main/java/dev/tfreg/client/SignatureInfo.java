package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** One SignatureDef. */
@AutoValue
public abstract class SignatureInfo {
  SignatureInfo() {}

  static Builder builder() {
    return new AutoValue_SignatureInfo.Builder();
  }

  /** Its key, such as {@code serving_default}. */
  public abstract String key();

  /** Its method name, such as {@code tensorflow/serving/predict}. */
  public abstract String methodName();

  /** Its inputs, sorted by key. */
  public abstract List<TensorSpec> inputs();

  /** Its outputs, sorted by key. */
  public abstract List<TensorSpec> outputs();

  /** Whether no caller should run it: an initialiser or a train op. */
  public abstract boolean internal();

  /** Whether a user declared it: the artifact itself does not hold it, or holds another. */
  public abstract boolean declared();

  @AutoValue.Builder
  interface Builder {
    Builder key(String key);

    Builder methodName(String methodName);

    Builder inputs(List<TensorSpec> inputs);

    Builder outputs(List<TensorSpec> outputs);

    Builder internal(boolean internal);

    Builder declared(boolean declared);

    SignatureInfo build();
  }
}
