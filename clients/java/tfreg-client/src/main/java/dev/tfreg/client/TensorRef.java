package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/**
 * One output of one operation of a graph. Feed and fetch it by its two parts: {@code
 * runner.feed(ref.operation(), ref.index(), tensor)}.
 */
@AutoValue
public abstract class TensorRef {
  TensorRef() {}

  /** Returns the output {@code index} of {@code operation}. */
  public static TensorRef of(String operation, int index) {
    return new AutoValue_TensorRef(operation, index);
  }

  /** Name of the operation, without {@code :index}. */
  public abstract String operation();

  /** Which output of the operation, from 0. */
  public abstract int index();

  /** Returns it as TensorFlow writes it, such as {@code x:0}. */
  @Override
  public final String toString() {
    return operation() + ":" + index();
  }
}
