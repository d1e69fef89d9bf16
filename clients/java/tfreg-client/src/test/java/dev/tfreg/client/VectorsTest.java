package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of tests/vectors, on which all clients agree. */
class VectorsTest {
  static List<JsonElement> validReferences() throws IOException {
    return list(vectors("references.json"), "valid");
  }

  static List<JsonElement> invalidReferences() throws IOException {
    return list(vectors("references.json"), "invalid");
  }

  static List<JsonElement> manifests() throws IOException {
    return list(vectors("manifest_digests.json"), "manifests");
  }

  @ParameterizedTest
  @MethodSource("validReferences")
  void aReferenceIsReadIntoItsParts(JsonElement element) {
    JsonObject vector = element.getAsJsonObject();
    Reference reference = Reference.parse(vector.get("reference").getAsString());
    assertEquals(vector.get("model").getAsString(), reference.model());
    assertEquals(
        vector.get("version"),
        reference.version().isPresent()
            ? JsonParser.parseString(Long.toString(reference.version().getAsLong()))
            : com.google.gson.JsonNull.INSTANCE);
    assertEquals(text(vector, "alias"), reference.alias().orElse(null));
    assertEquals(text(vector, "digest"), reference.digest().orElse(null));
    assertEquals(vector.get("reference").getAsString(), reference.toString());
  }

  @ParameterizedTest
  @MethodSource("invalidReferences")
  void whatBreaksTheGrammarIsNoReference(JsonElement element) {
    String text = element.getAsJsonObject().get("reference").getAsString();
    TfregException failure =
        assertThrows(TfregException.class, () -> Reference.parse(text), element.toString());
    assertEquals("REFERENCE_INVALID", failure.reason());
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void aManifestHasTheSameDigestInEveryLanguage(JsonElement element) {
    JsonObject vector = element.getAsJsonObject();
    List<ManifestFile> files = files(vector);
    assertEquals(vector.get("lines").getAsString(), Manifest.lines(files));
    assertEquals(vector.get("digest").getAsString(), Manifest.digest(files));
    Collections.reverse(files);
    assertEquals(vector.get("digest").getAsString(), Manifest.digest(files));
  }

  @Test
  void theVectorsHoldPathsWhoseUtf16OrderIsAnother() throws IOException {
    List<String> paths = new ArrayList<>();
    for (JsonElement element : manifests()) {
      files(element.getAsJsonObject()).forEach(file -> paths.add(file.path()));
    }
    assertEquals(true, paths.containsAll(List.of("\uff21.txt", "\ud83d\ude00.txt")));
  }

  private static List<ManifestFile> files(JsonObject vector) {
    List<ManifestFile> files = new ArrayList<>();
    for (JsonElement element : vector.getAsJsonArray("files")) {
      JsonObject file = element.getAsJsonObject();
      files.add(
          ManifestFile.of(
              file.get("path").getAsString(),
              file.get("size_bytes").getAsLong(),
              file.get("digest").getAsString()));
    }
    return files;
  }

  private static JsonObject vectors(String name) throws IOException {
    return JsonParser.parseString(Files.readString(Path.of("../../../tests/vectors", name)))
        .getAsJsonObject();
  }

  private static List<JsonElement> list(JsonObject json, String key) {
    List<JsonElement> elements = new ArrayList<>();
    json.getAsJsonArray(key).forEach(elements::add);
    return elements;
  }

  private static String text(JsonObject vector, String key) {
    return vector.get(key).isJsonNull() ? null : vector.get(key).getAsString();
  }
}
