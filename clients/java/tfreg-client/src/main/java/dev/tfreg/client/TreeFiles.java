package dev.tfreg.client;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

/** Files below a root, where no symbolic link is ever followed. */
final class TreeFiles {
  private TreeFiles() {}

  /** Makes a file of a given size, sparse, with the folders that it lies in. */
  static void create(Path root, String path, long sizeBytes) throws IOException {
    Path file = root.resolve(path);
    createFolders(root, file.getParent());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      if (sizeBytes > 0) {
        channel.write(java.nio.ByteBuffer.allocate(1), sizeBytes - 1);
      }
    }
  }

  /** Opens a file of the tree for writing. */
  static FileChannel openForWriting(Path root, String path) throws IOException {
    return FileChannel.open(
        locate(root, path), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }

  /** Opens a file of the tree for reading. */
  static FileChannel openForReading(Path root, String path) throws IOException {
    return FileChannel.open(locate(root, path), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  }

  /** Returns where a file lies, after looking that nothing on the way is a link. */
  static Path locate(Path root, String path) {
    Path place = root;
    for (Path segment : Path.of(path)) {
      place = place.resolve(segment);
      if (Files.isSymbolicLink(place)) {
        throw PathRules.invalid(path, "leads through the symbolic link " + place);
      }
    }
    return place;
  }

  /** Writes a file's data to the disk and takes the permission to change it. */
  static void seal(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    PosixFileAttributeView posix =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (posix != null) {
      posix.setPermissions(PosixFilePermissions.fromString("r--r--r--"));
    } else if (!file.toFile().setReadOnly()) {
      throw new IOException("cannot make " + file + " read-only");
    }
  }

  /** Writes a folder's entries to the disk, where the system can. */
  static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException unsupported) {
      // Windows opens no folders; its renames are in the journal of the file system.
    }
  }

  /** Deletes whatever is there. Links are deleted, not followed. */
  static void delete(Path root) throws IOException {
    try {
      Files.walkFileTree(root, new Deleting());
    } catch (NoSuchFileException gone) {
      // Then nothing is left to do.
    }
  }

  private static void createFolders(Path root, Path folder) throws IOException {
    if (folder.equals(root) || Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    createFolders(root, folder.getParent());
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException other) {
      throw PathRules.invalid(root.relativize(folder).toString(), "is taken by something else");
    }
  }

  private static final class Deleting extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes facts) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      Files.delete(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
