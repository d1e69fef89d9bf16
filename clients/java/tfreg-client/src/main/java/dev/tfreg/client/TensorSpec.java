package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A tensor, and the name that callers use for it. */
@AutoValue
public abstract class TensorSpec {
  TensorSpec() {}

  static Builder builder() {
    return new AutoValue_TensorSpec.Builder().components(List.of()).encoding("");
  }

  /**
   * Logical key in its signature, stable across exports; empty if no signature names the tensor.
   */
  public abstract String key();

  /** Where the tensor is in the graph; empty for formats without operations and for composites. */
  public abstract Optional<TensorRef> ref();

  /** Element type by TensorFlow's name, such as {@code float32}; empty if not known. */
  public abstract String dtype();

  /** The shape; empty if the model does not say. */
  public abstract Optional<Shape> shape();

  /** The components of a sparse or ragged tensor, each a tensor to feed or fetch. */
  public abstract List<TensorSpec> components();

  /** How the components are encoded, such as {@code sparse}; empty for a plain tensor. */
  public abstract String encoding();

  /** Index in the TFLite subgraph, for an Interpreter; empty for formats with operations. */
  public abstract OptionalInt tensorIndex();

  /** How its integers stand for real numbers; empty if they do not. */
  public abstract Optional<Quantization> quantization();

  @AutoValue.Builder
  interface Builder {
    Builder key(String key);

    Builder ref(TensorRef ref);

    Builder dtype(String dtype);

    Builder shape(Shape shape);

    Builder components(List<TensorSpec> components);

    Builder encoding(String encoding);

    Builder tensorIndex(int tensorIndex);

    Builder quantization(Quantization quantization);

    TensorSpec build();
  }
}
