package dev.tfreg.maven;

import dev.tfreg.codegen.CodegenException;
import dev.tfreg.codegen.JavaStubs;
import dev.tfreg.codegen.LockFile;
import dev.tfreg.codegen.SourceFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The sources of one execution. A record beside them says what they were made of and which files
 * they are: so nothing is made twice, and what is no longer generated goes.
 */
record GeneratedSources(
    Path lock, String packageName, List<String> models, Path root, Path recordFile) {
  /** Generates what is not there yet. Returns how many files there are; empty: all were there. */
  Optional<Integer> update() {
    LockFile locked = LockFile.read(lock);
    List<String> known = recorded();
    String origin = origin();
    List<String> present = known.isEmpty() ? List.of() : known.subList(1, known.size());
    if (!known.isEmpty()
        && known.get(0).equals(origin)
        && present.stream().allMatch(this::exists)) {
      return Optional.empty();
    }
    List<SourceFile> files = JavaStubs.generate(locked, packageName, models);
    List<String> paths = files.stream().map(SourceFile::path).toList();
    files.forEach(file -> file.write(root));
    present.stream().filter(path -> !paths.contains(path)).forEach(this::delete);
    record(origin, paths);
    return Optional.of(files.size());
  }

  private boolean exists(String path) {
    return Files.exists(root.resolve(path));
  }

  private List<String> recorded() {
    try {
      return Files.exists(recordFile) ? Files.readAllLines(recordFile) : List.of();
    } catch (IOException failure) {
      throw failed(recordFile, failure);
    }
  }

  private void record(String origin, List<String> paths) {
    List<String> lines = new ArrayList<>(List.of(origin));
    lines.addAll(paths);
    try {
      Files.createDirectories(root);
      Files.write(recordFile, lines);
    } catch (IOException failure) {
      throw failed(recordFile, failure);
    }
  }

  private void delete(String path) {
    try {
      Files.deleteIfExists(root.resolve(path));
    } catch (IOException failure) {
      throw failed(root.resolve(path), failure);
    }
  }

  /**
   * Returns a digest of all that decides what is generated: this plugin, the settings, the lock.
   */
  private String origin() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String version = GeneratedSources.class.getPackage().getImplementationVersion();
      for (Object part : List.of(String.valueOf(version), packageName, models)) {
        digest.update((part + "\n").getBytes(StandardCharsets.UTF_8));
      }
      digest.update(Files.readAllBytes(lock));
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException failure) {
      throw failed(lock, failure);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static CodegenException failed(Path path, IOException failure) {
    return new CodegenException(
        path + " cannot be read or written: " + failure + ". Check the folder; `mvn clean` it.",
        failure);
  }
}
