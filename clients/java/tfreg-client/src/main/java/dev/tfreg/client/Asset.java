package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/** A file that a graph reads at initialisation. */
@AutoValue
public abstract class Asset {
  Asset() {}

  static Builder builder() {
    return new AutoValue_Asset.Builder();
  }

  /** Plain name below {@code assets/}. */
  public abstract String fileName();

  /** The tensor that holds its path. */
  public abstract TensorRef ref();

  @AutoValue.Builder
  interface Builder {
    Builder fileName(String fileName);

    Builder ref(TensorRef ref);

    Asset build();
  }
}
