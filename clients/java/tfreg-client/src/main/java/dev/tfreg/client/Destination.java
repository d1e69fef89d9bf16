package dev.tfreg.client;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Copies out of the cache to where a user wants it: whole or not at all, over nothing. */
final class Destination {
  private final Path path;
  private final boolean isFolder;

  Destination(Path path, boolean isFolder) {
    this.path = path.toAbsolutePath().normalize();
    this.isFolder = isFolder;
  }

  /** Copies an artifact, unless it is there; returns what a loader is given. */
  Path place(ArtifactLayout layout, Path tree) throws IOException {
    boolean asFile = layout.isOneFile() && !isFolder && !Files.isDirectory(path);
    if (asFile) {
      placeFile(tree.resolve(layout.files().get(0).file().path()), layout.files().get(0).file());
      return path;
    }
    placeFolder(layout, tree);
    return layout.isOneFile() ? path.resolve(layout.files().get(0).file().path()) : path;
  }

  /** Copies an attachment beside the artifact, unless it is there. */
  Path placeAttachment(AttachmentLayout attachment, Path source) throws IOException {
    ManifestFile file = attachment.layout().file();
    Path folder = path.resolveSibling(path.getFileName() + ".attachments");
    Path target = folder.resolve(attachment.role()).resolve(file.path());
    new Destination(target, false).placeFile(source, file);
    return target;
  }

  private void placeFile(Path source, ManifestFile file) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (!holds(path, file)) {
        throw exists();
      }
      return;
    }
    Path draft = draft();
    try {
      copy(source, draft);
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private void placeFolder(ArtifactLayout layout, Path tree) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (holds(layout)) {
        return;
      }
      if (!isEmptyFolder()) {
        throw exists();
      }
    }
    Path draft = draft();
    try {
      for (FileLayout file : layout.files()) {
        Path target = draft.resolve(file.file().path());
        Files.createDirectories(target.getParent());
        copy(tree.resolve(file.file().path()), target);
      }
      // Renaming onto an empty folder works on some systems only. Nothing is lost if this fails.
      Files.deleteIfExists(path);
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      TreeFiles.delete(draft);
    }
  }

  /** Makes the parent folders and returns a new name beside the destination. */
  private Path draft() throws IOException {
    Files.createDirectories(path.getParent());
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return path.resolveSibling("." + path.getFileName() + ".tfreg-" + random);
  }

  private boolean holds(ArtifactLayout layout) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    Set<Path> expected = new HashSet<>();
    for (FileLayout file : layout.files()) {
      expected.add(path.resolve(file.file().path()));
    }
    try (Stream<Path> below = Files.walk(path)) {
      List<Path> found =
          below
              .filter(entry -> !Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
              .collect(Collectors.toList());
      if (!expected.equals(Set.copyOf(found))) {
        return false;
      }
    }
    for (FileLayout file : layout.files()) {
      if (!holds(path.resolve(file.file().path()), file.file())) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(Path place, ManifestFile file) throws IOException {
    return Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
        && Files.size(place) == file.sizeBytes()
        && Digests.ofFile(place).equals(file.digest());
  }

  private boolean isEmptyFolder() throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }

  /** Copies the content only: the cache's files are read-only, the user's are not. */
  private static void copy(Path source, Path target) throws IOException {
    try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ);
        FileChannel to =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long size = from.size();
      for (long at = 0; at < size; ) {
        at += from.transferTo(at, size - at, to);
      }
    }
  }

  private TfregException exists() {
    String hint = "Choose another destination, or remove it first.";
    return new TfregException(
        TfregException.Kind.FAILED_PRECONDITION,
        "DESTINATION_EXISTS",
        path + " exists and holds something else. " + hint,
        Map.of("destination", path.toString(), "hint", hint));
  }
}
