package dev.tfreg.client;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** How calls are made: one deadline over all tries, and failures in this client's own form. */
final class Calls {
  private final ManagedChannel channel;
  private final String address;
  private final Duration deadline;
  private final Retry retry;

  Calls(ManagedChannel channel, String address, Duration deadline, Retry retry) {
    this.channel = channel;
    this.address = address;
    this.deadline = deadline;
    this.retry = retry;
  }

  ManagedChannel channel() {
    return channel;
  }

  Duration deadline() {
    return deadline;
  }

  /** Makes a call that changes nothing on the server, so that it may be repeated. */
  <S extends AbstractStub<S>, T> T read(S stub, Function<S, T> call) {
    long end = System.nanoTime() + deadline.toNanos();
    for (int failed = 0; ; ) {
      try {
        long left = Math.max(1, end - System.nanoTime());
        return call.apply(stub.withDeadlineAfter(left, TimeUnit.NANOSECONDS));
      } catch (StatusRuntimeException failure) {
        failed++;
        Duration pause = retry.pauseAfter(failed);
        if (!retry.allows(failure, failed) || System.nanoTime() + pause.toNanos() - end > 0) {
          throw failed(failure);
        }
        pauseBeforeRetry(pause);
      }
    }
  }

  Retry retry() {
    return retry;
  }

  /** Waits before the next try. The channel's own, longer pause between connections is cut. */
  void pauseBeforeRetry(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw failed(Status.CANCELLED.withCause(interrupted).asRuntimeException());
    }
    channel.resetConnectBackoff();
  }

  TfregException failed(StatusRuntimeException failure) {
    return ServerFailure.of(failure, address);
  }

  void close() {
    channel.shutdown();
    try {
      if (!channel.awaitTermination(5, TimeUnit.SECONDS)) {
        channel.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      channel.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
