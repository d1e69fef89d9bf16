package dev.tfreg.client;

import dev.tfreg.client.TfregException.Kind;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Finds the files of a push. Only regular files belong to one: a link could point at what its
 * sender never meant to publish, and would be something else on another machine.
 */
final class SourceFiles {
  private SourceFiles() {}

  /** Returns the files of an artifact: the file itself, or all below the folder. */
  static List<SourceFile> ofArtifact(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return List.of(new SourceFile(path, checked(path.getFileName().toString()), ""));
    }
    if (!Files.isDirectory(path)) {
      throw missing(path);
    }
    List<SourceFile> found = new ArrayList<>();
    Walk walk = new Walk(path.toRealPath(), found);
    Files.walkFileTree(walk.root, EnumSet.noneOf(FileVisitOption.class), Integer.MAX_VALUE, walk);
    if (found.isEmpty()) {
      throw refused(
          Kind.INVALID_ARGUMENT, "NOT_A_MODEL", path, "holds no files", "Name the model's folder.");
    }
    PathRules.checkAll(found.stream().map(SourceFile::path).collect(Collectors.toList()));
    return found;
  }

  /** Returns a file to attach. */
  static SourceFile ofAttachment(LocalAttachment attachment) throws IOException {
    Path file = attachment.file();
    if (Files.isDirectory(file)) {
      throw refused(
          Kind.INVALID_ARGUMENT, "ATTACHMENT_INVALID", file, "is a folder", "Attach single files.");
    }
    if (!Files.isRegularFile(file)) {
      throw missing(file);
    }
    PathRules.checkName(attachment.role());
    return new SourceFile(file, checked(file.getFileName().toString()), attachment.role());
  }

  private static String checked(String path) {
    PathRules.check(path);
    return path;
  }

  private static TfregException missing(Path path) {
    return refused(
        Kind.NOT_FOUND,
        "PATH_NOT_FOUND",
        path,
        "is neither a file nor a folder that can be read",
        "Check the path.");
  }

  private static TfregException refused(
      Kind kind, String reason, Path path, String fault, String hint) {
    return new TfregException(
        kind,
        reason,
        "'" + path + "' " + fault + ". " + hint,
        Map.of("path", path.toString(), "hint", hint));
  }

  private static final class Walk extends SimpleFileVisitor<Path> {
    final Path root;
    private final List<SourceFile> found;

    Walk(Path root, List<SourceFile> found) {
      this.root = root;
      this.found = found;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes facts) throws IOException {
      if (!facts.isRegularFile()) {
        throw refused(
            Kind.INVALID_ARGUMENT,
            "PATH_INVALID",
            file,
            facts.isSymbolicLink() ? "is a link" : "is a special file, such as a pipe",
            "Push a copy of the folder that holds regular files only.");
      }
      // With '/' between names on every system.
      String path =
          StreamSupport.stream(root.relativize(file).spliterator(), false)
              .map(Path::toString)
              .collect(Collectors.joining("/"));
      found.add(new SourceFile(file, path, ""));
      return FileVisitResult.CONTINUE;
    }
  }
}
