package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Optional;

/** A tensor whose value an artifact holds. */
@AutoValue
public abstract class StoredTensor {
  StoredTensor() {}

  static Builder builder() {
    return new AutoValue_StoredTensor.Builder();
  }

  /** Its name: checkpoint key, or the Const's operation. */
  public abstract String name();

  /** The variable as users write it, where that differs from the name; else empty. */
  public abstract String path();

  /** Element type, such as {@code float32}. */
  public abstract String dtype();

  /** Its shape. */
  public abstract Shape shape();

  /** The file that holds its bytes. */
  public abstract String file();

  /** Where its bytes start in that file. */
  public abstract long offsetBytes();

  /** How many bytes it has there. */
  public abstract long sizeBytes();

  /**
   * How the bytes there are to be read; {@link TfregClient#readTensors} gives plain values for all.
   */
  public abstract String storedAs();

  /** Whether training changes it; empty if the model does not say. */
  public abstract Optional<Boolean> trainable();

  /** What it is a slice of; empty if it is whole. */
  public abstract Optional<Part> part();

  /** How its integers stand for real numbers; empty if they do not. */
  public abstract Optional<Quantization> quantization();

  /** Digest of its plain value, {@code sha256:<hex>}; empty unless asked for. */
  public abstract String digest();

  /** Whether it is a constant of a graph, not a variable. */
  public abstract boolean constant();

  /** What a slice of a partitioned variable is part of. */
  @AutoValue
  public abstract static class Part {
    Part() {}

    static Part of(String name, Shape shape, List<Long> begin) {
      return new AutoValue_StoredTensor_Part(name, shape, List.copyOf(begin));
    }

    /** The variable's name. */
    public abstract String name();

    /** The variable's shape. */
    public abstract Shape shape();

    /** Where in the variable the slice starts, a number for each dimension. */
    public abstract List<Long> begin();
  }

  @AutoValue.Builder
  interface Builder {
    Builder name(String name);

    Builder path(String path);

    Builder dtype(String dtype);

    Builder shape(Shape shape);

    Builder file(String file);

    Builder offsetBytes(long offsetBytes);

    Builder sizeBytes(long sizeBytes);

    Builder storedAs(String storedAs);

    Builder trainable(Boolean trainable);

    Builder part(Part part);

    Builder quantization(Quantization quantization);

    Builder digest(String digest);

    Builder constant(boolean constant);

    StoredTensor build();
  }
}
