package dev.tfreg.tensorflow;

import dev.tfreg.client.TensorRef;
import dev.tfreg.client.TfregException;
import dev.tfreg.client.TfregException.Kind;
import java.util.HashMap;
import java.util.Map;

/** The failures of this module: each says the thing, the reason and the next step. */
final class Failures {
  private Failures() {}

  static TfregException of(
      Kind kind, String reason, String message, String hint, Map<String, String> metadata) {
    return of(kind, reason, message, hint, metadata, null);
  }

  static TfregException of(
      Kind kind,
      String reason,
      String message,
      String hint,
      Map<String, String> metadata,
      Throwable cause) {
    Map<String, String> facts = new HashMap<>(metadata);
    facts.put("hint", hint);
    return TfregException.of(kind, reason, message + " " + hint, facts, cause);
  }

  static TfregException modelClosed(String reference) {
    return of(
        Kind.FAILED_PRECONDITION,
        "MODEL_CLOSED",
        String.format("The model %s is closed.", reference),
        "Load it again, or close it only when nothing runs it any more.",
        Map.of("reference", reference));
  }

  static TfregException outputsClosed(String key) {
    return of(
        Kind.FAILED_PRECONDITION,
        "OUTPUTS_CLOSED",
        String.format("The output '%s' was freed when its Outputs were closed.", key),
        "Use it before, or take a plain value: outputs.value(key) outlives them.",
        Map.of("key", key));
  }

  /** A session of the caller's holds another graph than the one that a binding is of. */
  static TfregException otherGraph(String key, TensorRef ref, RuntimeException cause) {
    return of(
        Kind.FAILED_PRECONDITION,
        "GRAPH_DIFFERS",
        String.format("The session's graph has no %s, which stands for '%s'.", ref, key),
        "Resolve with the format and tags that were loaded, and load what"
            + " binding.artifactReference() names.",
        Map.of("key", key, "tensor", ref.toString()),
        cause);
  }

  static TfregException load(String what, String hint, Throwable cause) {
    return of(
        Kind.FAILED_PRECONDITION,
        "LOAD_FAILED",
        String.format("TensorFlow could not load %s: %s", what, sentence(cause)),
        hint,
        Map.of("cause", String.valueOf(cause)),
        cause);
  }

  static TfregException nativeLibraryMissing(LinkageError failure) {
    return load(
        "its own native library",
        "Put tensorflow-core-native on the class path, with the classifier of this machine, such as"
            + " linux-x86_64.",
        failure);
  }

  static TfregException run(String what, String hint, Throwable cause) {
    return of(
        Kind.INVALID_ARGUMENT,
        "RUN_FAILED",
        String.format("TensorFlow could not run %s: %s", what, sentence(cause)),
        hint,
        Map.of("cause", String.valueOf(cause)),
        cause);
  }

  /** What TensorFlow says, its first line, as a sentence. */
  static String sentence(Throwable cause) {
    String text = cause.getMessage() == null ? cause.toString() : cause.getMessage().strip();
    String line = text.lines().findFirst().orElse(cause.toString()).strip();
    return line.endsWith(".") ? line : line + ".";
  }
}
