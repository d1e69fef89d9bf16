package dev.tfreg.codegen;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.StringReader;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads lock files: strict about the version, the keys and their types. */
final class LockReader {
  private LockReader() {}

  static LockFile read(String text, String name) {
    LockNode root = new LockNode(name, "", parse(text, name));
    long version = root.number("tfreg_lock");
    if (version != LockFile.VERSION) {
      throw new CodegenException(
          String.format(
              "%s is of version %d; this tfreg reads version %d. Use a tfreg that knows it, or"
                  + " write it anew by `tfreg lock`.",
              name, version, LockFile.VERSION));
    }
    root.only("tfreg_lock", "models");
    return new LockFile(all(root.list("models"), LockReader::model, LockedModel::reference));
  }

  private static com.google.gson.JsonElement parse(String text, String name) {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    try {
      return JsonParser.parseReader(reader);
    } catch (JsonParseException malformed) {
      throw new CodegenException(
          String.format(
              "%s is not JSON: %s. Write it anew by `tfreg lock`.",
              name, String.valueOf(malformed.getMessage()).lines().findFirst().orElse("")),
          malformed);
    }
  }

  private static <T> List<T> all(
      List<LockNode> nodes, Function<LockNode, T> reader, Function<T, String> key) {
    Set<String> seen = new HashSet<>();
    return nodes.stream()
        .map(
            node -> {
              T value = reader.apply(node);
              if (!seen.add(key.apply(value))) {
                throw node.wrong("is there twice: '" + key.apply(value) + "'");
              }
              return value;
            })
        .toList();
  }

  private static LockedModel model(LockNode node) {
    node.only(
        "reference",
        "model",
        "version",
        "artifact_digest",
        "format",
        "interface_fingerprint",
        "signatures");
    return new LockedModel(
        node.text("reference"),
        node.text("model"),
        node.number("version"),
        node.text("artifact_digest"),
        node.text("format"),
        node.text("interface_fingerprint"),
        all(node.list("signatures"), LockReader::signature, LockedSignature::key));
  }

  private static LockedSignature signature(LockNode node) {
    node.only("key", "fingerprint", "method_name", "inputs", "outputs");
    return new LockedSignature(
        node.text("key"),
        node.text("fingerprint"),
        node.text("method_name"),
        all(node.list("inputs"), input -> tensor(input, true), LockedTensor::key),
        all(node.list("outputs"), output -> tensor(output, false), LockedTensor::key));
  }

  private static LockedTensor tensor(LockNode node, boolean input) {
    if (input) {
      node.only("key", "dtype", "shape", "use", "encoding", "components");
    } else {
      node.only("key", "dtype", "shape", "encoding", "components");
    }
    return new LockedTensor(
        node.text("key"),
        node.text("dtype"),
        node.has("shape") ? Optional.of(node.shape("shape")) : Optional.empty(),
        input ? Optional.of(use(node)) : Optional.empty(),
        node.has("encoding") ? node.text("encoding") : "",
        node.has("components")
            ? node.list("components").stream().map(part -> tensor(part, false)).toList()
            : List.of());
  }

  private static LockedTensor.Use use(LockNode node) {
    String text = node.text("use");
    for (LockedTensor.Use use : LockedTensor.Use.values()) {
      if (use.name().toLowerCase(Locale.ROOT).equals(text)) {
        return use;
      }
    }
    throw node.wrong("has the use '" + text + "', which is none of required, optional, unused");
  }
}
