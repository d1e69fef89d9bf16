package dev.tfreg.codegen;

import java.nio.file.Path;

/** The lock files of these tests. */
final class Locks {
  private static final Path FOLDER = Path.of("src/test/resources/locks");

  private Locks() {}

  /** Plain and composite tensors, scalars, optional and unused inputs, all kinds of dtypes. */
  static LockFile models() {
    return LockFile.read(FOLDER.resolve("models.lock"));
  }

  /** Keys that are no names, or become the same; models that share their last part. */
  static LockFile awkward() {
    return LockFile.read(FOLDER.resolve("awkward.lock"));
  }
}
