package dev.tfreg.client;

import dev.tfreg.v1.BlobRange;
import dev.tfreg.v1.BlobServiceGrpc;
import dev.tfreg.v1.ReadRequest;
import dev.tfreg.v1.ReadResponse;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Reads slices of blobs, many in a call. A call that breaks is made again for what is missing. */
final class BlobReader {
  private static final int BATCH_RANGES = 1000;
  private static final long BATCH_BYTES = 64L << 20;
  private static final long SLOWEST_BYTES_PER_SECOND = 1L << 20;

  private final Calls calls;
  private final BlobServiceGrpc.BlobServiceBlockingStub stub;

  BlobReader(Calls calls) {
    this.calls = calls;
    this.stub = BlobServiceGrpc.newBlockingStub(calls.channel());
  }

  /** Takes the bytes of a slice as they come, in order within the slice. */
  interface Sink {
    void accept(int sliceIndex, long offsetBytes, ByteBuffer bytes) throws IOException;
  }

  void read(List<Extent> slices, Sink sink) throws IOException {
    for (int start = 0; start < slices.size(); ) {
      int end = start;
      long size = 0;
      do {
        size += slices.get(end).lengthBytes();
        end++;
      } while (end < slices.size() && size < BATCH_BYTES && end - start < BATCH_RANGES);
      int first = start;
      new Batch(
              slices.subList(start, end), (index, at, data) -> sink.accept(first + index, at, data))
          .read();
      start = end;
    }
  }

  /** Some slices, and how far each of them has come. */
  private final class Batch {
    private final List<Extent> slices;
    private final Sink sink;
    private final long[] come;

    Batch(List<Extent> slices, Sink sink) {
      this.slices = slices;
      this.sink = sink;
      this.come = new long[slices.size()];
    }

    void read() throws IOException {
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

    private void readOnce() throws IOException {
      ReadRequest.Builder request = ReadRequest.newBuilder();
      int[] asked = new int[slices.size()];
      for (int index = 0; index < slices.size(); index++) {
        if (come[index] < slices.get(index).lengthBytes()) {
          asked[request.getRangesCount()] = index;
          request.addRanges(rest(index));
        }
      }
      long limit = calls.deadline().toMillis() + left() * 1000 / SLOWEST_BYTES_PER_SECOND;
      // Leaving early, because the disk is full say, must end the call too.
      try (Context.CancellableContext context = Context.current().withCancellation()) {
        Context before = context.attach();
        try {
          Iterator<ReadResponse> responses =
              stub.withDeadlineAfter(limit, TimeUnit.MILLISECONDS).read(request.build());
          while (responses.hasNext()) {
            take(responses.next(), asked, request.getRangesCount());
          }
        } finally {
          context.detach(before);
        }
      }
    }

    private void take(ReadResponse response, int[] asked, int askedCount) throws IOException {
      int range = response.getRangeIndex();
      if (range < 0 || range >= askedCount) {
        throw strange("sent a range that was not asked for");
      }
      int index = asked[range];
      int size = response.getData().size();
      if (size > slices.get(index).lengthBytes() - come[index]) {
        throw strange("sent more than was asked for");
      }
      if (size > 0) {
        sink.accept(index, come[index], response.getData().asReadOnlyByteBuffer());
        come[index] += size;
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
