package dev.tfreg.client;

import dev.tfreg.v1.BlobRange;
import dev.tfreg.v1.ReadRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads slices of blobs, many in a call. A call that breaks is made again for what is missing. */
final class BlobReader {
  private static final int BATCH_RANGES = 1000;
  private static final long BATCH_BYTES = 32L << 20;
  private static final long SLOWEST_BYTES_PER_SECOND = 1L << 20;
  private static final int CHUNK_BYTES = 256 << 10;

  private final Calls calls;
  private final BlobStream stream;

  BlobReader(Calls calls) {
    this.calls = calls;
    this.stream = new BlobStream(calls);
  }

  /** Takes the bytes of a slice as they come, in order within the slice. */
  interface Sink {
    void accept(int sliceIndex, long offsetBytes, ByteBuffer bytes) throws IOException;
  }

  /** Reads slices, one call after the other. */
  void read(List<Extent> slices, Sink sink) throws IOException, InterruptedException {
    for (int[] batch : batches(slices)) {
      read(slices, batch, sink);
    }
  }

  /** Returns from where to where the slices of each call go. */
  static List<int[]> batches(List<Extent> slices) {
    List<int[]> batches = new ArrayList<>();
    for (int start = 0; start < slices.size(); ) {
      int end = start;
      long size = 0;
      do {
        size += slices.get(end).lengthBytes();
        end++;
      } while (end < slices.size() && size < BATCH_BYTES && end - start < BATCH_RANGES);
      batches.add(new int[] {start, end});
      start = end;
    }
    return batches;
  }

  /** Reads the slices of a batch by one call. */
  void read(List<Extent> slices, int[] batch, Sink sink) throws IOException, InterruptedException {
    int first = batch[0];
    new Batch(
            slices.subList(first, batch[1]),
            (index, at, data) -> sink.accept(first + index, at, data))
        .read();
  }

  /** Some slices, and how far each of them has come. */
  private final class Batch {
    private final List<Extent> slices;
    private final Sink sink;
    private final long[] come;
    private final byte[] chunk = new byte[CHUNK_BYTES];

    Batch(List<Extent> slices, Sink sink) {
      this.slices = slices;
      this.sink = sink;
      this.come = new long[slices.size()];
    }

    void read() throws IOException, InterruptedException {
      int failed = 0;
      while (left() > 0) {
        long before = left();
        try {
          readOnce();
          if (left() > 0) {
            throw strange("ended early");
          }
        } catch (StatusRuntimeException failure) {
          boolean progress = left() < before;
          failed = progress ? 1 : failed + 1;
          if (!(progress && isTimeout(failure)) && !calls.retry().allows(failure, failed)) {
            throw calls.failed(failure);
          }
          calls.pauseBeforeRetry(calls.retry().pauseAfter(failed));
        }
      }
    }

    private void readOnce() throws IOException, InterruptedException {
      ReadRequest.Builder request = ReadRequest.newBuilder();
      int[] asked = new int[slices.size()];
      for (int index = 0; index < slices.size(); index++) {
        if (come[index] < slices.get(index).lengthBytes()) {
          asked[request.getRangesCount()] = index;
          request.addRanges(rest(index));
        }
      }
      Duration limit = calls.deadline().plusMillis(left() * 1000 / SLOWEST_BYTES_PER_SECOND);
      int count = request.getRangesCount();
      stream.read(
          request.build(),
          limit,
          (range, data, length) -> {
            if (range < 0 || range >= count) {
              throw strange("sent a range that was not asked for");
            }
            take(asked[range], data, length);
          });
    }

    private void take(int index, InputStream data, int length) throws IOException {
      if (length > slices.get(index).lengthBytes() - come[index]) {
        throw strange("sent more than was asked for");
      }
      for (int left = length; left > 0; ) {
        int size = data.readNBytes(chunk, 0, Math.min(left, chunk.length));
        if (size == 0) {
          throw new EOFException("a message of the server is cut off");
        }
        sink.accept(index, come[index], ByteBuffer.wrap(chunk, 0, size));
        come[index] += size;
        left -= size;
      }
    }

    private BlobRange rest(int index) {
      Extent slice = slices.get(index);
      return BlobRange.newBuilder()
          .setDigest(slice.blob())
          .setOffsetBytes(slice.offsetBytes() + come[index])
          .setLengthBytes(slice.lengthBytes() - come[index])
          .build();
    }

    private long left() {
      long left = 0;
      for (int index = 0; index < come.length; index++) {
        left += slices.get(index).lengthBytes() - come[index];
      }
      return left;
    }
  }

  private static boolean isTimeout(StatusRuntimeException failure) {
    return failure.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
  }

  private static TfregException strange(String what) {
    return new TfregException(
        TfregException.Kind.INTERNAL,
        "INTERNAL",
        "The server's stream of blobs " + what + ". Pull again; if it persists, see its log.",
        Map.of());
  }
}
