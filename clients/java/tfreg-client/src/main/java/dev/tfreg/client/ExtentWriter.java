package dev.tfreg.client;

import dev.tfreg.client.IncomingArtifact.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes extents of an incoming artifact, with the file written last kept open. For one thread. */
final class ExtentWriter implements AutoCloseable {
  private final IncomingArtifact incoming;
  private FileChannel open;
  private int openIndex = -1;

  ExtentWriter(IncomingArtifact incoming) {
    this.incoming = incoming;
  }

  /** Writes bytes of an extent; those that complete it must come last. */
  void write(Place place, long offsetBytes, ByteBuffer bytes) throws IOException {
    long end = offsetBytes + bytes.remaining();
    FileChannel channel = channel(place.file);
    long position = incoming.start(place) + offsetBytes;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
    if (end == incoming.extent(place).lengthBytes()) {
      incoming.journal().add(place.file, place.extent);
    }
  }

  /** Writes a whole extent with bytes of another file. */
  void copy(Place place, FileChannel source, long position) throws IOException {
    long left = incoming.extent(place).lengthBytes();
    long from = position;
    FileChannel channel = channel(place.file);
    channel.position(incoming.start(place));
    while (left > 0) {
      long count = source.transferTo(from, left, channel);
      if (count <= 0) {
        return; // The file is shorter than its layout says: these bytes come from the server.
      }
      from += count;
      left -= count;
    }
    incoming.journal().add(place.file, place.extent);
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
      open = null;
      openIndex = -1;
    }
  }

  private FileChannel channel(int fileIndex) throws IOException {
    if (openIndex != fileIndex) {
      close();
      open = incoming.openForWriting(fileIndex);
      openIndex = fileIndex;
    }
    return open;
  }
}
