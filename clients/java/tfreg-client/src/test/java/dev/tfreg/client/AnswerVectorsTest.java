package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of tests/vectors about what servers answer and where clients keep it. */
class AnswerVectorsTest {
  static List<JsonObject> bindings() throws IOException {
    return list("bindings.json", "bindings");
  }

  static List<JsonObject> errors() throws IOException {
    return list("errors.json", "errors");
  }

  static List<JsonObject> artifacts() throws IOException {
    return list("cache_keys.json", "artifacts");
  }

  static List<JsonObject> attachments() throws IOException {
    return list("cache_keys.json", "attachments");
  }

  static List<JsonObject> roots() throws IOException {
    return list("cache_keys.json", "roots");
  }

  static List<JsonObject> runtimes() throws IOException {
    return list("runtimes.json", "runtimes");
  }

  @ParameterizedTest
  @MethodSource("bindings")
  void anAnswerOfResolveMeansTheSameToAllClients(JsonObject vector) throws IOException {
    byte[] message = Base64.getDecoder().decode(text(vector, "message"));
    Binding binding = BindingMessages.binding(dev.tfreg.v1.Binding.parseFrom(message));
    JsonObject means = vector.getAsJsonObject("means");
    if (means.getAsJsonArray("loader_tags").isEmpty()) {
      means.add("loader_tags", means.get("tags")); // As the description of the message says.
    }
    assertEquals(means, meaning(binding));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void aFailureMeansTheSameToAllClients(JsonObject vector) throws IOException {
    TfregException failure = ServerFailure.of(failed(vector), "localhost:1");
    JsonObject means = vector.getAsJsonObject("means");
    assertEquals(text(means, "kind"), failure.kind().name());
    assertEquals(text(means, "reason"), failure.reason());
    if (!means.get("text").isJsonNull()) {
      assertEquals(text(means, "text"), failure.getMessage());
      Map<String, String> facts = new HashMap<>(failure.metadata());
      facts.remove("hint");
      assertEquals(strings(means.getAsJsonObject("metadata")), facts);
    }
  }

  @ParameterizedTest
  @MethodSource("artifacts")
  void anArtifactLiesWhereAllClientsLook(JsonObject vector) {
    CacheFolders cache = new CacheFolders(Path.of("/cache"));
    String digest = text(vector, "digest");
    assertEquals(Path.of("/cache", text(vector, "artifact")), cache.artifact(digest));
    assertEquals(Path.of("/cache", text(vector, "incoming")), cache.incoming(digest));
    assertEquals(Path.of("/cache", text(vector, "lock")), cache.lock(digest));
  }

  @ParameterizedTest
  @MethodSource("attachments")
  void anAttachmentLiesWhereAllClientsLook(JsonObject vector) {
    assertEquals(
        Path.of("/cache", text(vector, "path")),
        new CacheFolders(Path.of("/cache"))
            .attachment(text(vector, "digest"), text(vector, "name")));
  }

  @ParameterizedTest
  @MethodSource("roots")
  void theCacheIsWhereTheEnvironmentSays(JsonObject vector) {
    assertEquals(
        Path.of(text(vector, "root")),
        CacheFolders.defaultRoot(
            strings(vector.getAsJsonObject("environment")), text(vector, "home")));
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  void aRuntimeHasTheSameDigestInEveryLanguage(JsonObject vector) {
    List<String> formats = new ArrayList<>();
    vector.getAsJsonArray("formats").forEach(format -> formats.add(format.getAsString()));
    RuntimeProfile profile =
        RuntimeProfile.ofDigest(
            text(vector, "name"),
            text(vector, "tensorflow_version"),
            formats,
            text(vector, "op_list_digest"));
    assertEquals(text(vector, "digest"), profile.digest());
  }

  private static StatusRuntimeException failed(JsonObject vector) throws IOException {
    if (vector.get("details").isJsonNull()) {
      return Status.fromCodeValue(vector.get("code").getAsInt())
          .withDescription(text(vector, "message"))
          .asRuntimeException(new Metadata());
    }
    byte[] details = Base64.getDecoder().decode(text(vector, "details"));
    return StatusProto.toStatusRuntimeException(com.google.rpc.Status.parseFrom(details));
  }

  private static JsonObject meaning(Binding binding) {
    JsonObject means = new JsonObject();
    means.addProperty("model", binding.model());
    means.addProperty("version", binding.version());
    means.addProperty("revision", binding.revision());
    means.addProperty("artifact_digest", binding.artifactDigest());
    means.addProperty("format", binding.format());
    means.add("tags", array(binding.tags()));
    means.add("loader_tags", array(binding.loaderTags()));
    means.addProperty("signature", binding.signature());
    means.addProperty("method_name", binding.methodName());
    means.addProperty("signature_fingerprint", binding.signatureFingerprint());
    means.addProperty("guessed", binding.guessed());
    JsonArray feeds = new JsonArray();
    for (Feed feed : binding.feeds()) {
      JsonObject tensor = tensor(feed.tensor());
      tensor.addProperty("use", feed.use().name().toLowerCase(Locale.ROOT));
      feeds.add(tensor);
    }
    means.add("feeds", feeds);
    means.add("fetches", tensors(binding.fetches()));
    means.add("init_operations", array(binding.targets().initOperations()));
    JsonArray diagnostics = new JsonArray();
    for (Diagnostic diagnostic : binding.diagnostics()) {
      diagnostics.add(array(List.of(diagnostic.code(), diagnostic.message())));
    }
    means.add("diagnostics", diagnostics);
    return means;
  }

  private static JsonObject tensor(TensorSpec spec) {
    JsonObject tensor = new JsonObject();
    tensor.addProperty("key", spec.key());
    tensor.add(
        "tensor",
        spec.ref()
            .<JsonElement>map(ref -> new JsonPrimitive(ref.operation() + ":" + ref.index()))
            .orElse(JsonNull.INSTANCE));
    tensor.addProperty("dtype", spec.dtype());
    tensor.add("shape", spec.shape().map(AnswerVectorsTest::shape).orElse(JsonNull.INSTANCE));
    tensor.addProperty("encoding", spec.encoding());
    tensor.add("components", tensors(spec.components()));
    tensor.add(
        "tensor_index",
        spec.tensorIndex().isPresent()
            ? new JsonPrimitive(spec.tensorIndex().getAsInt())
            : JsonNull.INSTANCE);
    return tensor;
  }

  private static JsonElement shape(Shape shape) {
    if (shape.unknownRank()) {
      return new JsonPrimitive("unknown");
    }
    JsonArray dims = new JsonArray();
    shape.dims().forEach(dims::add);
    return dims;
  }

  private static JsonArray tensors(List<TensorSpec> specs) {
    JsonArray tensors = new JsonArray();
    specs.forEach(spec -> tensors.add(tensor(spec)));
    return tensors;
  }

  private static JsonArray array(List<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  private static Map<String, String> strings(JsonObject json) {
    Map<String, String> strings = new HashMap<>();
    json.entrySet().forEach(entry -> strings.put(entry.getKey(), entry.getValue().getAsString()));
    return strings;
  }

  private static List<JsonObject> list(String file, String key) throws IOException {
    JsonObject json =
        JsonParser.parseString(Files.readString(Path.of("../../../tests/vectors", file)))
            .getAsJsonObject();
    List<JsonObject> cases = new ArrayList<>();
    json.getAsJsonArray(key).forEach(element -> cases.add(element.getAsJsonObject()));
    return cases;
  }

  private static String text(JsonObject json, String key) {
    return json.get(key).getAsString();
  }
}
