package dev.tfreg.client;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The file layout.json beside a tree of the cache; docs/cache.md has its form. */
final class LayoutJson {
  private LayoutJson() {}

  static void write(ArtifactLayout layout, Path file) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".new");
    Files.write(draft, json(layout).toString().getBytes(StandardCharsets.UTF_8));
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns the layout; empty if there is none, or none that can be read. */
  static Optional<ArtifactLayout> read(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return Optional.of(layout(JsonParser.parseString(text).getAsJsonObject()));
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private static JsonObject json(ArtifactLayout layout) {
    JsonArray files = new JsonArray();
    for (FileLayout file : layout.files()) {
      JsonArray extents = new JsonArray();
      file.extents().forEach(extent -> extents.add(json(extent)));
      JsonObject entry = new JsonObject();
      entry.addProperty("path", file.file().path());
      entry.addProperty("size_bytes", file.file().sizeBytes());
      entry.addProperty("digest", file.file().digest());
      entry.add("extents", extents);
      files.add(entry);
    }
    JsonObject json = new JsonObject();
    json.addProperty("digest", layout.digest());
    json.addProperty("format", layout.format());
    json.add("files", files);
    return json;
  }

  private static JsonObject json(Extent extent) {
    JsonObject json = new JsonObject();
    if (extent.isInline()) {
      json.addProperty(
          "inline_base64", Base64.getEncoder().encodeToString(extent.inline().toByteArray()));
    } else {
      json.addProperty("blob", extent.blob());
      json.addProperty("offset_bytes", extent.offsetBytes());
      json.addProperty("length_bytes", extent.lengthBytes());
    }
    return json;
  }

  private static ArtifactLayout layout(JsonObject json) {
    List<FileLayout> files = new ArrayList<>();
    for (JsonElement element : json.getAsJsonArray("files")) {
      JsonObject file = element.getAsJsonObject();
      List<Extent> extents = new ArrayList<>();
      file.getAsJsonArray("extents")
          .forEach(extent -> extents.add(extent(extent.getAsJsonObject())));
      files.add(
          FileLayout.of(
              ManifestFile.of(
                  file.get("path").getAsString(),
                  file.get("size_bytes").getAsLong(),
                  file.get("digest").getAsString()),
              extents));
    }
    return ArtifactLayout.of(
        json.get("digest").getAsString(), json.get("format").getAsString(), files);
  }

  private static Extent extent(JsonObject json) {
    if (json.has("inline_base64")) {
      byte[] bytes = Base64.getDecoder().decode(json.get("inline_base64").getAsString());
      return Extent.ofInline(ByteString.copyFrom(bytes));
    }
    return Extent.ofBlob(
        json.get("blob").getAsString(),
        json.get("offset_bytes").getAsLong(),
        json.get("length_bytes").getAsLong());
  }
}
