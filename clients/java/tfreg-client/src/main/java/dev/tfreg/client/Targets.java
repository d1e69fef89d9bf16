package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Optional;

/**
 * Operations that a loader runs. {@code SavedModelBundle.load} does so by itself; who imports a
 * frozen graph runs {@link #initOperations} once.
 */
@AutoValue
public abstract class Targets {
  Targets() {}

  static Targets of(
      List<String> initOperations,
      Optional<String> restoreOperation,
      Optional<TensorRef> restoreFilename) {
    return new AutoValue_Targets(List.copyOf(initOperations), restoreOperation, restoreFilename);
  }

  /** Operations that initialise tables and variables, in order; run after the restore. */
  public abstract List<String> initOperations();

  /** The operation that restores the variables; empty if there are none to restore. */
  public abstract Optional<String> restoreOperation();

  /** The tensor that is fed with the checkpoint's prefix for {@link #restoreOperation}. */
  public abstract Optional<TensorRef> restoreFilename();
}
