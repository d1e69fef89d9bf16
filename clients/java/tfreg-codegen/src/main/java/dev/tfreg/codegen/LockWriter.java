package dev.tfreg.codegen;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Writes lock files: always the same bytes for the same models. */
final class LockWriter {
  private static final Gson GSON =
      new GsonBuilder()
          .setFormattingStyle(FormattingStyle.PRETTY)
          .disableHtmlEscaping()
          .serializeNulls()
          .create();

  private LockWriter() {}

  static String write(LockFile lock) {
    JsonObject root = new JsonObject();
    root.addProperty("tfreg_lock", LockFile.VERSION);
    root.add("models", all(lock.models(), LockWriter::model));
    return GSON.toJson(root) + "\n";
  }

  private static JsonObject model(LockedModel model) {
    JsonObject object = new JsonObject();
    object.addProperty("reference", model.reference());
    object.addProperty("model", model.model());
    object.addProperty("version", model.version());
    object.addProperty("artifact_digest", model.artifactDigest());
    object.addProperty("format", model.format());
    object.addProperty("interface_fingerprint", model.interfaceFingerprint());
    object.add("signatures", all(model.signatures(), LockWriter::signature));
    return object;
  }

  private static JsonObject signature(LockedSignature signature) {
    JsonObject object = new JsonObject();
    object.addProperty("key", signature.key());
    object.addProperty("fingerprint", signature.fingerprint());
    object.addProperty("method_name", signature.methodName());
    object.add("inputs", all(signature.inputs(), LockWriter::tensor));
    object.add("outputs", all(signature.outputs(), LockWriter::tensor));
    return object;
  }

  private static JsonObject tensor(LockedTensor tensor) {
    JsonObject object = new JsonObject();
    object.addProperty("key", tensor.key());
    object.addProperty("dtype", tensor.dtype());
    tensor.shape().ifPresent(shape -> object.add("shape", shape(shape)));
    if (!tensor.encoding().isEmpty()) {
      object.addProperty("encoding", tensor.encoding());
      object.add("components", all(tensor.components(), LockWriter::tensor));
    }
    tensor.use().ifPresent(use -> object.addProperty("use", use.name().toLowerCase(Locale.ROOT)));
    return object;
  }

  private static JsonElement shape(LockedShape shape) {
    return shape.unknownRank()
        ? new JsonPrimitive("unknown")
        : all(
            shape.dims(),
            dim -> dim == LockedShape.UNKNOWN ? JsonNull.INSTANCE : new JsonPrimitive(dim));
  }

  private static <T> JsonArray all(List<T> values, Function<T, JsonElement> writer) {
    JsonArray array = new JsonArray();
    values.forEach(value -> array.add(writer.apply(value)));
    return array;
  }
}
