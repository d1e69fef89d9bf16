package dev.tfreg.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which extents of an incoming artifact are written: a line each, appended after the bytes.
 * Thread-safe.
 */
final class Journal implements AutoCloseable {
  private static final Pattern LINE = Pattern.compile("([0-9]{1,9}) ([0-9]{1,9})");

  private final Path file;
  private final List<BitSet> written;
  private FileChannel channel;

  private Journal(Path file, List<BitSet> written, FileChannel channel) {
    this.file = file;
    this.written = written;
    this.channel = channel;
  }

  /** Opens the journal of an artifact, or starts it. */
  static Journal open(Path file, ArtifactLayout layout) throws IOException {
    List<BitSet> written =
        layout.files().stream()
            .map(entry -> new BitSet(entry.extents().size()))
            .collect(Collectors.toList());
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    Journal journal = new Journal(file, written, channel);
    journal.readBack(Files.readString(file, StandardCharsets.ISO_8859_1), layout);
    return journal;
  }

  synchronized boolean has(int fileIndex, int extentIndex) {
    return written.get(fileIndex).get(extentIndex);
  }

  synchronized void add(int fileIndex, int extentIndex) throws IOException {
    append(line(fileIndex, extentIndex));
    written.get(fileIndex).set(extentIndex);
    notifyAll();
  }

  /** Waits until an extent is written. */
  synchronized void await(int fileIndex, int extentIndex) throws InterruptedException {
    while (!written.get(fileIndex).get(extentIndex)) {
      wait();
    }
  }

  /** Forgets the extents of files that turned out to be damaged. */
  synchronized void drop(List<Integer> fileIndexes) throws IOException {
    fileIndexes.forEach(index -> written.get(index).clear());
    String lines =
        IntStream.range(0, written.size())
            .boxed()
            .flatMap(index -> written.get(index).stream().mapToObj(extent -> line(index, extent)))
            .collect(Collectors.joining());
    Path draft = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(draft, lines, StandardCharsets.US_ASCII);
    channel.close();
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }

  private void readBack(String text, ArtifactLayout layout) throws IOException {
    int end = text.lastIndexOf('\n') + 1;
    if (end < text.length()) {
      append("\n");
    }
    for (String line : text.substring(0, end).split("\n", -1)) {
      Matcher match = LINE.matcher(line);
      if (match.matches()) {
        int fileIndex = Integer.parseInt(match.group(1));
        int extentIndex = Integer.parseInt(match.group(2));
        if (fileIndex < written.size()
            && extentIndex < layout.files().get(fileIndex).extents().size()) {
          written.get(fileIndex).set(extentIndex);
        }
      }
    }
  }

  private void append(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static String line(int fileIndex, int extentIndex) {
    return fileIndex + " " + extentIndex + "\n";
  }
}
