package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Optional;
import java.util.OptionalInt;

/** What became of a logical key in a conversion. */
@AutoValue
public abstract class MappedName {
  MappedName() {}

  static Builder builder() {
    return new AutoValue_MappedName.Builder();
  }

  /** Key of the source's signature; empty where there was none. */
  public abstract String signature();

  /** The logical key. */
  public abstract String key();

  /** Whether it is an output; else an input. */
  public abstract boolean output();

  /** The tensor in the source. */
  public abstract Optional<TensorRef> before();

  /** The tensor in the result; empty if it was pruned. */
  public abstract Optional<TensorRef> after();

  /** Its index in the result, if that is a TFLite model. */
  public abstract OptionalInt tensorIndex();

  /** Why the result lacks it; empty if it does not. */
  public abstract String pruned();

  /** Key of the result's signature, if it is another; else empty. */
  public abstract String newSignature();

  /** The key in the result's signature, if it is another; else empty. */
  public abstract String newKey();

  @AutoValue.Builder
  interface Builder {
    Builder signature(String signature);

    Builder key(String key);

    Builder output(boolean output);

    Builder before(TensorRef before);

    Builder after(TensorRef after);

    Builder tensorIndex(int tensorIndex);

    Builder pruned(String pruned);

    Builder newSignature(String newSignature);

    Builder newKey(String newKey);

    MappedName build();
  }
}
