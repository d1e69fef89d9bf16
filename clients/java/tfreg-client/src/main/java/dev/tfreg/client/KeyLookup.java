package dev.tfreg.client;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds a binding's tensor by key, or says what was meant. */
final class KeyLookup {
  private KeyLookup() {}

  static TensorRef find(String role, String key, List<TensorSpec> specs, Binding binding) {
    TensorSpec spec =
        specs.stream()
            .filter(candidate -> !candidate.key().isEmpty() && candidate.key().equals(key))
            .findFirst()
            .orElseThrow(() -> noSuchKey(role, key, specs, binding));
    return spec.ref().orElseThrow(() -> noSingleTensor(role, spec));
  }

  private static TfregException noSuchKey(
      String role, String key, List<TensorSpec> specs, Binding binding) {
    List<String> keys =
        specs.stream()
            .map(TensorSpec::key)
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toList());
    String nearest =
        specs.stream()
            .filter(spec -> isTensorOf(spec, key))
            .map(TensorSpec::key)
            .filter(name -> !name.isEmpty())
            .findFirst()
            .or(() -> Nearest.to(key, keys))
            .orElse("");
    String hint =
        nearest.isEmpty()
            ? "Use one of: " + (keys.isEmpty() ? "(it has none)" : String.join(", ", keys)) + "."
            : "Did you mean '" + nearest + "'? There are: " + String.join(", ", keys) + ".";
    return new TfregException(
        TfregException.Kind.NOT_FOUND,
        role.toUpperCase(Locale.ROOT) + "_NOT_FOUND",
        String.format(
            "%s:%d has no %s '%s' in signature '%s'. %s",
            binding.model(), binding.version(), role, key, binding.signature(), hint),
        Map.of("key", key, "nearest", nearest, "existing", String.join(", ", keys), "hint", hint));
  }

  /** Whether somebody gave the graph's name ({@code op} or {@code op:0}) instead of the key. */
  private static boolean isTensorOf(TensorSpec spec, String name) {
    return spec.ref()
        .filter(ref -> ref.toString().equals(name) || ref.operation().equals(name))
        .isPresent();
  }

  private static String noOperation(TensorSpec spec) {
    return spec.tensorIndex().isPresent()
        ? "A TFLite Interpreter takes it as tensor " + spec.tensorIndex().getAsInt() + "."
        : "Formats without operations are run by their own interpreter.";
  }

  private static TfregException noSingleTensor(String role, TensorSpec spec) {
    String hint =
        spec.components().isEmpty()
            ? noOperation(spec)
            : "Use its components one by one: "
                + spec.components().stream()
                    .map(part -> part.ref().map(TensorRef::toString).orElse("?"))
                    .collect(Collectors.joining(", "))
                + ".";
    return new TfregException(
        TfregException.Kind.FAILED_PRECONDITION,
        "NOT_ONE_TENSOR",
        String.format(
            "The %s '%s' is not one tensor of a graph%s. %s",
            role, spec.key(), spec.encoding().isEmpty() ? "" : " but " + spec.encoding(), hint),
        Map.of("key", spec.key(), "encoding", spec.encoding(), "hint", hint));
  }
}
