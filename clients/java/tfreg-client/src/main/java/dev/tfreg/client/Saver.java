package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Optional;

/** How a TF1 program saves and restores the variables of a graph. */
@AutoValue
public abstract class Saver {
  Saver() {}

  static Builder builder() {
    return new AutoValue_Saver.Builder();
  }

  /** The tensor that is fed with the checkpoint's prefix. */
  public abstract TensorRef filename();

  /** What is fetched to save. */
  public abstract Optional<TensorRef> saveTensor();

  /** The operation that is run to restore. */
  public abstract String restoreOperation();

  /** {@code V1} or {@code V2}: the layout of the files. */
  public abstract String version();

  /** Whether each device writes a file of its own. */
  public abstract boolean sharded();

  @AutoValue.Builder
  interface Builder {
    Builder filename(TensorRef filename);

    Builder saveTensor(TensorRef saveTensor);

    Builder restoreOperation(String restoreOperation);

    Builder version(String version);

    Builder sharded(boolean sharded);

    Saver build();
  }
}
