package dev.tfreg.client;

import com.google.protobuf.UnsafeByteOperations;
import dev.tfreg.v1.BlobServiceGrpc;
import dev.tfreg.v1.WriteRequest;
import dev.tfreg.v1.WriteResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** One Write stream: blobs are read from their files only as fast as the server takes them. */
final class BlobWriter {
  /** How much may wait in the channel: enough that the wire is never idle while a file is read. */
  private static final int AHEAD_BYTES = 2 << 20;

  private final BlobServiceGrpc.BlobServiceStub stub;
  private final int messageBytes;

  BlobWriter(Calls calls, int messageBytes) {
    this.stub = BlobServiceGrpc.newStub(calls.channel()).withOnReadyThreshold(AHEAD_BYTES);
    this.messageBytes = messageBytes;
  }

  /**
   * Sends blobs; they are stored when this returns.
   *
   * @param sent told the size of each message that was handed over
   * @throws StatusRuntimeException as the server answered
   */
  void write(String leaseId, List<Piece> pieces, Duration limit, LongConsumer sent)
      throws IOException, InterruptedException {
    Stream stream = new Stream();
    stub.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS).write(stream);
    try {
      for (Piece piece : pieces) {
        if (!send(stream, leaseId, piece, sent)) {
          break;
        }
      }
      stream.finish();
    } catch (IOException | InterruptedException | RuntimeException failure) {
      stream.out.cancel("the push was given up", failure);
      throw failure;
    }
  }

  /** Returns false if the server has ended the stream. */
  private boolean send(Stream stream, String leaseId, Piece piece, LongConsumer sent)
      throws IOException, InterruptedException {
    WriteRequest.Builder message =
        WriteRequest.newBuilder().setLeaseId(leaseId).setBlob(piece.ref());
    try (FileChannel file = FileChannel.open(piece.source().local(), StandardOpenOption.READ)) {
      for (long at = 0; at < piece.lengthBytes(); ) {
        if (!stream.awaitReady()) {
          return false;
        }
        byte[] data = new byte[(int) Math.min(messageBytes, piece.lengthBytes() - at)];
        if (!read(file, ByteBuffer.wrap(data), piece.offsetBytes() + at)) {
          throw piece.source().changed();
        }
        stream.out.onNext(message.setData(UnsafeByteOperations.unsafeWrap(data)).build());
        sent.accept(data.length);
        message = WriteRequest.newBuilder();
        at += data.length;
      }
    }
    return true;
  }

  private static boolean read(FileChannel file, ByteBuffer into, long offset) throws IOException {
    while (into.hasRemaining()) {
      if (file.read(into, offset + into.position()) < 0) {
        return false;
      }
    }
    return true;
  }

  /** The stream under way; its monitor is told of all that changes. */
  private static final class Stream implements ClientResponseObserver<WriteRequest, WriteResponse> {
    ClientCallStreamObserver<WriteRequest> out;
    private boolean ended;
    private Throwable failure;

    @Override
    public void beforeStart(ClientCallStreamObserver<WriteRequest> out) {
      this.out = out;
      out.setOnReadyHandler(this::wake);
    }

    /** Waits until the channel takes more; false if the server has answered already. */
    synchronized boolean awaitReady() throws InterruptedException {
      while (!ended && !out.isReady()) {
        wait();
      }
      return !ended;
    }

    synchronized void finish() throws InterruptedException {
      if (!ended) {
        out.onCompleted();
      }
      while (!ended) {
        wait(); // The call's deadline ends it in any case.
      }
      if (failure != null) {
        throw Status.fromThrowable(failure)
            .asRuntimeException(Status.trailersFromThrowable(failure));
      }
    }

    @Override
    public void onNext(WriteResponse response) {}

    @Override
    public void onError(Throwable reason) {
      end(reason);
    }

    @Override
    public void onCompleted() {
      end(null);
    }

    private synchronized void end(Throwable reason) {
      ended = true;
      failure = reason;
      notifyAll();
    }

    private synchronized void wake() {
      notifyAll();
    }
  }
}
