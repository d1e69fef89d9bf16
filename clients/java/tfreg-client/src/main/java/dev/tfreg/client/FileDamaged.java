package dev.tfreg.client;

import java.util.Map;

/** The failure of a file that has not its digest, though it was read twice. */
final class FileDamaged {
  private FileDamaged() {}

  static TfregException of(String path, String artifactDigest) {
    String hint = "The server's storage is damaged: run tfreg doctor there.";
    return new TfregException(
        TfregException.Kind.DATA_LOSS,
        "FILE_DAMAGED",
        "'" + path + "' of " + artifactDigest + " arrived damaged twice. " + hint,
        Map.of("path", path, "artifact", artifactDigest, "hint", hint));
  }
}
