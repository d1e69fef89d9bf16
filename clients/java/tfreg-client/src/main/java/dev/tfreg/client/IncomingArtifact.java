package dev.tfreg.client;

import java.io.IOException;
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

  /** Returns where in its file an extent starts. */
  long start(Place place) {
    return places.get(place.file)[place.extent];
  }

  Journal journal() {
    return journal;
  }

  FileLayout file(int fileIndex) {
    return layout.files().get(fileIndex);
  }

  FileChannel openForWriting(int fileIndex) throws IOException {
    return TreeFiles.openForWriting(tree(), file(fileIndex).file().path());
  }

  FileChannel openForReading(int fileIndex) throws IOException {
    return TreeFiles.openForReading(tree(), file(fileIndex).file().path());
  }

  void forget(List<Integer> fileIndexes) throws IOException {
    journal.drop(fileIndexes);
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
    journal.close();
  }

  private static void prepare(Path folder, ArtifactLayout layout) throws IOException {
    Files.createDirectories(CacheFolders.tree(folder));
    for (FileLayout file : layout.files()) {
      TreeFiles.create(CacheFolders.tree(folder), file.file().path(), file.file().sizeBytes());
    }
    LayoutJson.write(layout, CacheFolders.layoutFile(folder));
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
