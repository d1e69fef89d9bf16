package dev.tfreg.tensorflow;

import dev.tfreg.client.Shape;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;

/** A key to feed: what stands for it in the graph, and which values fit. */
final class InputSlot {
  private final String key;
  private final Output<?> output;
  private final String dtype;
  private final ElementType type;
  private final Shape shape;
  private final long[] dims;
  private final int place;

  private InputSlot(
      String key, String dtype, ElementType type, Shape shape, Output<?> output, int place) {
    this.key = key;
    this.dtype = dtype;
    this.type = type;
    this.shape = shape;
    this.dims =
        shape == null || shape.unknownRank()
            ? null
            : shape.dims().stream().mapToLong(Long::longValue).toArray();
    this.output = output;
    this.place = place;
  }

  /**
   * Returns the slot of a tensor of a graph, whose dtype is the one that the graph says.
   *
   * @param shape null: not known
   * @param place number of the tensor among those of its signature; keys of one tensor share it
   */
  static InputSlot of(String key, Output<?> output, Shape shape, int place) {
    DataType dataType = output.dataType();
    ElementType type = ElementType.of(dataType);
    String dtype = type == null ? dataType.toString() : type.toString();
    return new InputSlot(key, dtype, type, shape, output, place);
  }

  /** Returns the slot of a tensor of which only the registry's words are known. */
  static InputSlot of(String key, TensorSpec spec) {
    ElementType type = ElementType.named(spec.dtype());
    return new InputSlot(key, spec.dtype(), type, spec.shape().orElse(null), null, -1);
  }

  String key() {
    return key;
  }

  Output<?> output() {
    return output;
  }

  int place() {
    return place;
  }

  /**
   * Returns the tensor to feed.
   *
   * @param made takes the tensors that are made here
   */
  Tensor tensor(Object value, TensorHolder made) {
    if (value instanceof Tensor) {
      Tensor tensor = (Tensor) value;
      boolean isOfType = dtype.isEmpty() || ElementType.of(tensor) == type;
      if (!isOfType || !fits(tensor.shape())) {
        throw invalid(tensor.dataType() + " " + tensor.shape(), "");
      }
      return tensor;
    }
    return made.add(make(value));
  }

  private Tensor make(Object value) {
    if (value == null) {
      throw invalid("null", "");
    }
    if (type == null) {
      throw invalid(
          value.getClass().getSimpleName(), "TensorFlow Java has no tensors of this dtype");
    }
    if (value instanceof ByteBuffer) {
      return ofBytes((ByteBuffer) value);
    }
    long[] given = completed(PlainTensors.dims(value, type));
    if (!fits(org.tensorflow.ndarray.Shape.of(given))) {
      throw invalid(describe(value, given), "");
    }
    try {
      return PlainTensors.of(value, given, type);
    } catch (PlainTensors.UnfitException unfit) {
      throw invalid(describe(value, given), unfit.getMessage());
    }
  }

  /** The bytes fill the shape, of which one size may be unknown. */
  private Tensor ofBytes(ByteBuffer bytes) {
    int open = -1;
    long known = type.sizeBytes();
    boolean inferable = dims != null && known > 0;
    for (int index = 0; inferable && index < dims.length; index++) {
      if (dims[index] >= 0) {
        known *= dims[index];
      } else {
        inferable = open < 0;
        open = index;
      }
    }
    String given = "a ByteBuffer of " + bytes.remaining() + " bytes";
    if (!inferable) {
      throw invalid(given, "its shape does not follow from the number of bytes: give a tensor");
    }
    boolean fills =
        open < 0 ? bytes.remaining() == known : known > 0 && bytes.remaining() % known == 0;
    if (!fills) {
      throw invalid(given, "");
    }
    long[] full = dims.clone();
    if (open >= 0) {
      full[open] = bytes.remaining() / known;
    }
    return PlainTensors.ofBytes(bytes, full, type);
  }

  /**
   * Of {@code new float[0][784]} Java forgets the 784: what lies behind no elements has the sizes
   * that the signature says.
   */
  private long[] completed(long[] given) {
    boolean empty = false;
    for (int index = 0;
        dims != null && dims.length == given.length && index < dims.length;
        index++) {
      if (empty && dims[index] >= 0) {
        given[index] = dims[index];
      }
      empty |= given[index] == 0;
    }
    return given;
  }

  private boolean fits(org.tensorflow.ndarray.Shape given) {
    if (dims == null) {
      return true;
    }
    if (given.numDimensions() != dims.length) {
      return false;
    }
    for (int index = 0; index < dims.length; index++) {
      if (dims[index] >= 0 && dims[index] != given.get(index)) {
        return false;
      }
    }
    return true;
  }

  private static String describe(Object value, long[] given) {
    return value.getClass().getSimpleName()
        + " of the shape "
        + Arrays.toString(given).replace('[', '(').replace(']', ')');
  }

  private TfregException invalid(String given, String why) {
    String wanted = dtype + (shape == null ? "" : " " + shape);
    Map<String, String> facts = new HashMap<>();
    facts.put("key", key);
    facts.put("dtype", dtype);
    facts.put("shape", shape == null ? "" : shape.toString());
    facts.put("given", given);
    return Failures.of(
        TfregException.Kind.INVALID_ARGUMENT,
        "VALUE_INVALID",
        String.format(
            "The input '%s' is %s; given was %s%s.",
            key, wanted, given, why.isEmpty() ? "" : ": " + why),
        "Give a tensor of this dtype and shape, or arrays that hold exactly these values.",
        facts);
  }
}
