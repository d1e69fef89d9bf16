package dev.tfreg.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Folders that live as long as a registry. */
final class Folders {
  private static final int MOST_TRIES = 1000;

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

  /**
   * Deletes a folder with all in it; links are not followed. A thread of the test's may still write
   * there for a moment, such as one that was loading a model when all was closed.
   */
  static void delete(Path folder) {
    for (int tries = 1; ; tries++) {
      try {
        Files.walkFileTree(folder, new Deleting());
        return;
      } catch (DirectoryNotEmptyException again) {
        if (tries == MOST_TRIES) {
          throw new UncheckedIOException(again);
        }
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  private static final class Deleting extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      Files.deleteIfExists(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
