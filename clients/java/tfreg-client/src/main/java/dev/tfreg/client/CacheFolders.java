package dev.tfreg.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where things lie in the cache that all clients of one user share; see docs/cache.md. */
final class CacheFolders {
  private final Path base;

  CacheFolders(Path root) {
    this.base = root.toAbsolutePath().normalize().resolve("v1");
  }

  static Path defaultRoot(Map<String, String> environment, String home) {
    String own = environment.getOrDefault("TFREG_CACHE", "");
    if (!own.isEmpty()) {
      return Path.of(own);
    }
    String shared = environment.getOrDefault("XDG_CACHE_HOME", "");
    return shared.isEmpty() ? Path.of(home, ".cache", "tfreg") : Path.of(shared, "tfreg");
  }

  Path artifact(String digest) {
    return base.resolve("artifacts").resolve(Digests.hex(digest));
  }

  Path incoming(String digest) {
    return base.resolve("incoming").resolve(Digests.hex(digest));
  }

  Path lock(String digest) {
    return base.resolve("locks").resolve(Digests.hex(digest));
  }

  Path attachment(String digest, String fileName) {
    return base.resolve("attachments").resolve(Digests.hex(digest)).resolve(fileName);
  }

  Path answer(String digest) {
    return base.resolve("answers").resolve(Digests.hex(digest));
  }

  static Path tree(Path artifact) {
    return artifact.resolve("tree");
  }

  static Path layoutFile(Path artifact) {
    return artifact.resolve("layout.json");
  }

  static boolean isComplete(Path artifact) {
    return Files.isDirectory(artifact, LinkOption.NOFOLLOW_LINKS);
  }

  /** Returns the folders of complete artifacts, newest first, at most so many. */
  List<Path> newestArtifacts(int most) throws IOException {
    Path artifacts = base.resolve("artifacts");
    if (!Files.isDirectory(artifacts)) {
      return List.of();
    }
    List<Path> found = new ArrayList<>();
    try (Stream<Path> folders = Files.list(artifacts)) {
      folders.forEach(found::add);
    }
    Map<Path, Long> ages =
        found.stream().collect(Collectors.toMap(folder -> folder, CacheFolders::modifiedAtMillis));
    found.sort(Comparator.comparing((Path folder) -> ages.get(folder)).reversed());
    return found.subList(0, Math.min(most, found.size()));
  }

  private static long modifiedAtMillis(Path folder) {
    // 0 for a folder that somebody is deleting.
    return folder.toFile().lastModified();
  }
}
