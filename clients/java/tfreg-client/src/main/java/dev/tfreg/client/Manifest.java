package dev.tfreg.client;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.stream.Collectors;

/** The lines that name an artifact: its digest is their SHA-256. */
final class Manifest {
  private Manifest() {}

  /** Returns {@code <hex> SP <size> SP <path> LF} for each file, by the path's UTF-8 bytes. */
  static String lines(Collection<ManifestFile> files) {
    return files.stream()
        .sorted(ManifestFile.BY_PATH)
        .map(file -> Digests.hex(file.digest()) + " " + file.sizeBytes() + " " + file.path() + "\n")
        .collect(Collectors.joining());
  }

  /** Returns the digest of the artifact that consists of these files. */
  static String digest(Collection<ManifestFile> files) {
    return Digests.of(lines(files).getBytes(StandardCharsets.UTF_8));
  }
}
