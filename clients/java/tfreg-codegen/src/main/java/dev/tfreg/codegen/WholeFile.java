package dev.tfreg.codegen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.UUID;

/** A file that is written whole or not at all, and left untouched if it holds this already. */
record WholeFile(Path path, String text) {
  /** Writes it. Returns whether the file is another now. */
  boolean write() {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    try {
      if (Files.exists(path) && Arrays.equals(Files.readAllBytes(path), content)) {
        return false;
      }
      Path folder = path.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Path unfinished = folder.resolve("." + path.getFileName() + "." + UUID.randomUUID());
      try {
        Files.write(unfinished, content);
        Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(unfinished);
      }
      return true;
    } catch (IOException failure) {
      throw new CodegenException(
          path + " cannot be written: " + failure + ". Check the folder and its permissions.",
          failure);
    }
  }
}
