package dev.tfreg.codegen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * What {@code tfreg.lock} holds: the models that a program was written for, as they were when they
 * were locked. Builds read it instead of asking a registry, so that they repeat.
 *
 * @param models sorted by reference
 */
public record LockFile(List<LockedModel> models) {
  /** The version of the file's layout that this reads and writes. */
  public static final int VERSION = 1;

  /** Sorts the models. */
  public LockFile {
    models =
        models.stream()
            .sorted(Comparator.comparing(LockedModel::reference, Utf8Order.INSTANCE))
            .toList();
  }

  /**
   * Reads a file.
   *
   * @throws CodegenException if it cannot be read, or is not a lock file of this version; the
   *     message says where and what to do
   */
  public static LockFile read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (NoSuchFileException missing) {
      throw new CodegenException(
          "There is no " + file + ". Write it by `tfreg lock REFERENCE --file " + file + "`.",
          missing);
    } catch (IOException failure) {
      throw new CodegenException(
          file + " cannot be read: " + failure + ". Check its permissions and its encoding, UTF-8.",
          failure);
    }
  }

  /**
   * Reads the text of a file.
   *
   * @param name what messages call it
   * @throws CodegenException as {@link #read}
   */
  public static LockFile parse(String text, String name) {
    return LockReader.read(text, name);
  }

  /** Returns the text of the file: the same bytes as {@code tfreg lock} writes. */
  public String toJson() {
    return LockWriter.write(this);
  }

  /**
   * Writes a file, whole or not at all. A file that is the same already is left untouched.
   *
   * @return whether the file is another now
   * @throws CodegenException if it cannot be written
   */
  public boolean write(Path file) {
    return new WholeFile(file, toJson()).write();
  }
}
