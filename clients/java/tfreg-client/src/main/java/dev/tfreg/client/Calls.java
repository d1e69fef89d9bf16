package dev.tfreg.client;

import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;

/** How calls are made: one deadline over all tries, and failures in this client's own form. */
final class Calls {
  private final ManagedChannel connection;
  private final Channel channel;
  private final String address;
  private final Duration deadline;
  private final Retry retry;
  private final AsyncCalls async = new AsyncCalls(this);

  Calls(
      ManagedChannel connection,
      String address,
      Duration deadline,
      Retry retry,
      ClientInterceptor... interceptors) {
    this.connection = connection;
    this.channel = ClientInterceptors.intercept(connection, interceptors);
    this.address = address;
    this.deadline = deadline;
    this.retry = retry;
  }

  /** The same calls as futures. */
  AsyncCalls async() {
    return async;
  }

  Channel channel() {
    return channel;
  }

  /** Cuts the connection's own, longer pause before it is tried again. */
  void connectNow() {
    connection.resetConnectBackoff();
  }

  Duration deadline() {
    return deadline;
  }

  /**
   * The limit of a call that may convert: who asks for a conversion waits for it.
   *
   * @param converts whether the caller allows it
   */
  Duration deadline(boolean converts) {
    return converts ? deadline.plus(Conversions.LONGEST) : deadline;
  }

  /**
   * Makes a call that may be repeated: it changes nothing on the server, or its description in the
   * API says that repeating it is safe.
   */
  <S extends AbstractStub<S>, T> T read(S stub, Function<S, T> call) {
    return tried(stub, deadline, call, retry::allows);
  }

  /** Makes a call that may be repeated, with all its tries within a limit. */
  <S extends AbstractStub<S>, T> T read(S stub, Duration limit, Function<S, T> call) {
    return tried(stub, limit, call, retry::allows);
  }

  /**
   * Makes a call that a server must not see twice: it is tried again only where no server saw it.
   */
  <S extends AbstractStub<S>, T> T once(S stub, Function<S, T> call) {
    return tried(stub, deadline, call, retry::allowsUnseen);
  }

  private <S extends AbstractStub<S>, T> T tried(
      S stub,
      Duration limit,
      Function<S, T> call,
      BiPredicate<StatusRuntimeException, Integer> allowed) {
    long end = System.nanoTime() + limit.toNanos();
    for (int failed = 0; ; ) {
      try {
        long left = Math.max(1, end - System.nanoTime());
        return call.apply(stub.withDeadlineAfter(left, TimeUnit.NANOSECONDS));
      } catch (StatusRuntimeException failure) {
        failed++;
        Duration pause = retry.pauseAfter(failed);
        if (!allowed.test(failure, failed) || System.nanoTime() + pause.toNanos() - end > 0) {
          throw failed(failure);
        }
        pauseBeforeRetry(pause);
      }
    }
  }

  /** Returns what a call answers; empty if what it asks for does not exist. */
  <T> Optional<T> ifFound(Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (TfregException failure) {
      if (failure.kind() == TfregException.Kind.NOT_FOUND) {
        return Optional.empty();
      }
      throw failure;
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
    connectNow();
  }

  TfregException failed(StatusRuntimeException failure) {
    return ServerFailure.of(failure, address);
  }

  void close() {
    async.shutdown();
    connection.shutdown();
    try {
      if (!connection.awaitTermination(5, TimeUnit.SECONDS)) {
        connection.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      connection.shutdownNow();
      Thread.currentThread().interrupt();
    } finally {
      async.shutdownNow();
    }
  }
}
