package dev.tfreg.codegen;

import java.util.List;
import java.util.Optional;

/**
 * An input or output in a lock file, or a component of one.
 *
 * @param key its key
 * @param dtype TensorFlow's name of the element type, such as {@code float32}; empty if not known
 * @param shape empty if the model does not say
 * @param use of an input: whether it must be fed; empty for outputs and components
 * @param encoding how components stand for it, such as {@code sparse}; empty for a plain tensor
 * @param components of a composite tensor, in the order of its encoding
 */
public record LockedTensor(
    String key,
    String dtype,
    Optional<LockedShape> shape,
    Optional<Use> use,
    String encoding,
    List<LockedTensor> components) {
  /** Whether an input must be fed. */
  public enum Use {
    /** The run fails without it. */
    REQUIRED,
    /** The graph has a default for it. */
    OPTIONAL,
    /** No output depends on it. */
    UNUSED
  }

  /** Copies the components. */
  public LockedTensor {
    components = List.copyOf(components);
  }
}
