package dev.tfreg.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An artifact that is being pulled. Its folder survives an interruption; the next pull goes on. */
final class IncomingArtifact implements AutoCloseable {
  private final Path folder;
  private final ArtifactLayout layout;
  private final Journal journal;
  private final List<long[]> places;

  /** The file written last; extents of one file come one after another. */
  private FileChannel open;

  private int openIndex = -1;

  private IncomingArtifact(Path folder, ArtifactLayout layout, Journal journal) {
    this.folder = folder;
    this.layout = layout;
    this.journal = journal;
    this.places = layout.files().stream().map(FileLayout::places).collect(Collectors.toList());
  }

  /** Goes on with what lies in the folder if it is of the same layout, else begins anew. */
  static IncomingArtifact open(Path folder, ArtifactLayout layout) throws IOException {
    boolean same =
        LayoutJson.read(CacheFolders.layoutFile(folder))
            .filter(stored -> stored.files().equals(layout.files()))
            .isPresent();
    if (!same) {
      TreeFiles.delete(folder);
      prepare(folder, layout);
    }
    return new IncomingArtifact(folder, layout, Journal.open(folder.resolve("journal"), layout));
  }

  /** Returns the extents that are not yet written. */
  List<Place> missing() {
    List<Place> missing = new ArrayList<>();
    for (int file = 0; file < layout.files().size(); file++) {
      for (int extent = 0; extent < layout.files().get(file).extents().size(); extent++) {
        if (!journal.has(file, extent)) {
          missing.add(new Place(file, extent));
        }
      }
    }
    return missing;
  }

  Extent extent(Place place) {
    return layout.files().get(place.file).extents().get(place.extent);
  }

  /** Writes bytes of an extent; those that complete it must come last. */
  void write(Place place, long offsetBytes, ByteBuffer bytes) throws IOException {
    long end = offsetBytes + bytes.remaining();
    FileChannel channel = channel(place.file);
    long position = places.get(place.file)[place.extent] + offsetBytes;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
    if (end == extent(place).lengthBytes()) {
      journal.add(place.file, place.extent);
    }
  }

  /** Writes a whole extent with bytes of another file. */
  void copy(Place place, FileChannel source, long position) throws IOException {
    long left = extent(place).lengthBytes();
    long from = position;
    FileChannel channel = channel(place.file);
    channel.position(places.get(place.file)[place.extent]);
    while (left > 0) {
      long count = source.transferTo(from, left, channel);
      if (count <= 0) {
        return; // The file is shorter than its layout says: these bytes come from the server.
      }
      from += count;
      left -= count;
    }
    journal.add(place.file, place.extent);
  }

  /** Returns the indexes of the files that are not what the manifest says. */
  List<Integer> damaged() throws IOException {
    closeFile();
    List<Integer> damaged = new ArrayList<>();
    for (int index = 0; index < layout.files().size(); index++) {
      ManifestFile file = layout.files().get(index).file();
      if (!Digests.ofFile(TreeFiles.locate(tree(), file.path())).equals(file.digest())) {
        damaged.add(index);
      }
    }
    return damaged;
  }

  void forget(List<Integer> fileIndexes) throws IOException {
    journal.drop(fileIndexes);
  }

  String path(int fileIndex) {
    return layout.files().get(fileIndex).file().path();
  }

  /** Makes the artifact appear, complete, by one rename. */
  void publish(Path artifact) throws IOException {
    close();
    for (FileLayout file : layout.files()) {
      TreeFiles.seal(TreeFiles.locate(tree(), file.file().path()));
    }
    try (Stream<Path> below = Files.walk(tree())) {
      below.filter(Files::isDirectory).forEach(TreeFiles::syncFolder);
    }
    Files.delete(folder.resolve("journal"));
    TreeFiles.syncFolder(folder);
    Files.createDirectories(artifact.getParent());
    try {
      Files.move(folder, artifact, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException strange) {
      throw strange;
    } catch (IOException exists) {
      if (!CacheFolders.isComplete(artifact)) {
        throw exists;
      }
      TreeFiles.delete(folder);
    }
    TreeFiles.syncFolder(artifact.getParent());
  }

  @Override
  public void close() throws IOException {
    closeFile();
    journal.close();
  }

  private static void prepare(Path folder, ArtifactLayout layout) throws IOException {
    Files.createDirectories(CacheFolders.tree(folder));
    for (FileLayout file : layout.files()) {
      TreeFiles.create(CacheFolders.tree(folder), file.file().path(), file.file().sizeBytes());
    }
    LayoutJson.write(layout, CacheFolders.layoutFile(folder));
  }

  private FileChannel channel(int fileIndex) throws IOException {
    if (openIndex != fileIndex) {
      closeFile();
      open = TreeFiles.openForWriting(tree(), path(fileIndex));
      openIndex = fileIndex;
    }
    return open;
  }

  private void closeFile() throws IOException {
    if (open != null) {
      open.close();
      open = null;
      openIndex = -1;
    }
  }

  private Path tree() {
    return CacheFolders.tree(folder);
  }

  /** An extent by its numbers. */
  static final class Place {
    final int file;
    final int extent;

    Place(int file, int extent) {
      this.file = file;
      this.extent = extent;
    }
  }
}
