package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.tensorflow.SparseTensor;

/** The components of a sparse or ragged value that is fed as one. */
final class Components {
  private Components() {}

  /**
   * Returns the components by name.
   *
   * @param value a map of them, or a {@link SparseTensor}
   * @param existing the names that the input has
   */
  static Map<String, Object> of(String key, Object value, Set<String> existing) {
    Map<String, Object> components = new LinkedHashMap<>();
    if (value instanceof SparseTensor) {
      SparseTensor<?> sparse = (SparseTensor<?>) value;
      components.put("values", sparse.values());
      components.put("indices", sparse.indices());
      components.put("dense_shape", sparse.denseShape());
    } else if (value instanceof Map) {
      ((Map<?, ?>) value).forEach((name, part) -> components.put(String.valueOf(name), part));
    } else {
      throw invalid(
          String.format("The input '%s' is a composite, not one tensor.", key), key, existing);
    }
    for (String name : components.keySet()) {
      if (!existing.contains(name)) {
        throw invalid(
            String.format("The input '%s' has no component '%s'.", key, name), key, existing);
      }
    }
    return components;
  }

  private static TfregException invalid(String message, String key, Set<String> existing) {
    String names = String.join(", ", existing);
    return Failures.of(
        TfregException.Kind.INVALID_ARGUMENT,
        "VALUE_INVALID",
        message,
        "Feed a map of its components: " + names + ".",
        Map.of("key", key, "existing", names));
  }
}
