package dev.tfreg.client;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.tfreg.v1.BlobServiceGrpc;
import dev.tfreg.v1.ReadRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One Read stream. Its messages of a MiB each never become objects: their bytes go from the
 * connection's buffers to whoever takes them, so that a pull of any size needs no heap.
 */
final class BlobStream {
  private static final MethodDescriptor<ReadRequest, InputStream> READ =
      BlobServiceGrpc.getReadMethod().toBuilder(
              BlobServiceGrpc.getReadMethod().getRequestMarshaller(), new AsItIs())
          .build();

  private static final int RANGE_INDEX = 1;
  private static final int DATA = 2;

  private final Calls calls;

  BlobStream(Calls calls) {
    this.calls = calls;
  }

  /** Takes the data of a message; must read exactly {@code lengthBytes} of it. */
  interface Frames {
    void take(int rangeIndex, InputStream data, int lengthBytes) throws IOException;
  }

  /**
   * Reads a stream to its end, in the calling thread.
   *
   * @throws StatusRuntimeException as the server answered
   */
  void read(ReadRequest request, Duration limit, Frames frames)
      throws IOException, InterruptedException {
    CallerThread caller = new CallerThread();
    CallOptions options =
        CallOptions.DEFAULT
            .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)
            .withExecutor(caller);
    ClientCall<ReadRequest, InputStream> call = calls.channel().newCall(READ, options);
    Receiver receiver = new Receiver(call, frames);
    call.start(receiver, new Metadata());
    call.sendMessage(request);
    call.halfClose();
    call.request(2);
    try {
      while (!receiver.isDone()) {
        caller.runNext();
      }
    } catch (InterruptedException interrupted) {
      receiver.stop(interrupted);
      throw interrupted;
    } finally {
      caller.leave();
    }
    receiver.check();
  }

  /**
   * Runs what the call tells in the thread that reads, until it leaves. What comes later is run
   * where it comes, so that the connection gets its buffers back.
   */
  private static final class CallerThread implements Executor {
    private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
    private boolean left;

    void runNext() throws InterruptedException {
      waiting.take().run();
    }

    void leave() {
      List<Runnable> rest = new ArrayList<>();
      synchronized (this) {
        left = true;
        waiting.drainTo(rest);
      }
      rest.forEach(Runnable::run);
    }

    @Override
    public void execute(Runnable task) {
      synchronized (this) {
        if (!left) {
          waiting.add(task);
          return;
        }
      }
      task.run();
    }
  }

  /** What the call tells. A call that was given up may never tell its end, nor need it. */
  private static final class Receiver extends ClientCall.Listener<InputStream> {
    private final ClientCall<ReadRequest, InputStream> call;
    private final Frames frames;
    private Exception failure;
    private Status end;
    private Metadata trailers;

    Receiver(ClientCall<ReadRequest, InputStream> call, Frames frames) {
      this.call = call;
      this.frames = frames;
    }

    @Override
    public void onMessage(InputStream message) {
      if (failure != null) {
        return;
      }
      try {
        split(message, frames);
        call.request(1);
      } catch (IOException | RuntimeException reason) {
        stop(reason);
      }
    }

    void stop(Exception reason) {
      failure = reason;
      call.cancel("what is read is not wanted any more", reason);
    }

    boolean isDone() {
      return end != null || failure != null;
    }

    @Override
    public void onClose(Status status, Metadata trailing) {
      end = status;
      trailers = trailing;
    }

    void check() throws IOException {
      if (failure instanceof IOException) {
        throw (IOException) failure;
      }
      if (failure != null) {
        throw (RuntimeException) failure;
      }
      if (!end.isOk()) {
        throw end.asRuntimeException(trailers);
      }
    }
  }

  /** Reads a ReadResponse: {@code range_index = 1}, then {@code data = 2}. */
  private static void split(InputStream message, Frames frames) throws IOException {
    int rangeIndex = 0;
    for (int first = message.read(); first >= 0; first = message.read()) {
      int tag = CodedInputStream.readRawVarint32(first, message);
      int value = CodedInputStream.readRawVarint32(message.read(), message);
      if (tag == WireFormat.WIRETYPE_VARINT + (RANGE_INDEX << 3)) {
        rangeIndex = value;
      } else if (tag == WireFormat.WIRETYPE_LENGTH_DELIMITED + (DATA << 3)) {
        frames.take(rangeIndex, message, value);
      } else {
        throw new IOException("a message of the server has an unknown field");
      }
    }
  }

  /** Hands a message on as its bytes; it is read before the call closes it. */
  private static final class AsItIs implements MethodDescriptor.Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream message) {
      return message;
    }

    @Override
    public InputStream parse(InputStream message) {
      return message;
    }
  }
}
