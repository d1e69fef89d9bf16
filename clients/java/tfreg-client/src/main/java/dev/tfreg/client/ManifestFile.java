package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/** A file of an artifact: its path, its size and the digest of its content. */
@AutoValue
abstract class ManifestFile {
  /** By the path's UTF-8 bytes, as every language can; Java's own order is that of UTF-16. */
  static final Comparator<ManifestFile> BY_PATH =
      Comparator.comparing(
          file -> file.path().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  static ManifestFile of(String path, long sizeBytes, String digest) {
    return new AutoValue_ManifestFile(path, sizeBytes, digest);
  }

  abstract String path();

  abstract long sizeBytes();

  abstract String digest();
}
