package dev.tfreg.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;

/** A local file of a push, and whether it is still what it was when the push began. */
final class SourceFile {
  private final Path local;
  private final String path;
  private final String role;
  private final BasicFileAttributes state;

  /**
   * Notes the state of a file.
   *
   * @param path its path within the artifact
   * @param role what it is attached for; empty for a file of the artifact
   */
  SourceFile(Path local, String path, String role) throws IOException {
    this.local = local;
    this.path = path;
    this.role = role;
    this.state = Files.readAttributes(local, BasicFileAttributes.class);
  }

  Path local() {
    return local;
  }

  String path() {
    return path;
  }

  String role() {
    return role;
  }

  long sizeBytes() {
    return state.size();
  }

  void checkUnchanged() throws IOException {
    BasicFileAttributes now = Files.readAttributes(local, BasicFileAttributes.class);
    if (now.size() != state.size()
        || !now.lastModifiedTime().equals(state.lastModifiedTime())
        || !Objects.equals(now.fileKey(), state.fileKey())) {
      throw changed();
    }
  }

  TfregException changed() {
    String hint = "Push again once nobody writes to it any more.";
    return new TfregException(
        TfregException.Kind.ABORTED,
        "SOURCE_CHANGED",
        "'" + local + "' changed while it was pushed. " + hint,
        Map.of("path", local.toString(), "hint", hint));
  }
}
