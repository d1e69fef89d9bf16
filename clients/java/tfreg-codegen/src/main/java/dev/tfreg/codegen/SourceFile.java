package dev.tfreg.codegen;

import java.nio.file.Path;

/**
 * A generated source file.
 *
 * @param path relative to the root of the sources, with slashes
 * @param text its content, in ASCII
 */
public record SourceFile(String path, String text) {
  /**
   * Writes it below a root, whole or not at all; a file that is the same already is left untouched.
   *
   * @return where it is
   * @throws CodegenException if it cannot be written
   */
  public Path write(Path root) {
    Path file = root.resolve(path);
    new WholeFile(file, text).write();
    return file;
  }
}
