package dev.tfreg.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Folders that live as long as a registry. */
final class Folders {
  private Folders() {}

  static Path make() {
    try {
      return Files.createTempDirectory("tfreg-testing");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Makes an empty file of a name of its own. */
  static Path newFile(Path folder) {
    try {
      return Files.createTempFile(folder, "run", ".log");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Deletes a folder with all in it; links are not followed. */
  static void delete(Path folder) {
    try {
      Files.walkFileTree(folder, new Deleting());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static final class Deleting extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      Files.delete(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
