package dev.tfreg.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How calls are made whose answers are futures: with the tries and the deadline of {@link Calls},
 * and no thread that waits.
 */
final class AsyncCalls {
  private final Calls calls;
  private final ExecutorService workers =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "tfreg-worker");
            thread.setDaemon(true);
            return thread;
          });

  AsyncCalls(Calls calls) {
    this.calls = calls;
  }

  /** Makes a call that may be repeated. Cancelling the future cancels the call. */
  <Q, R, T> Answer<T> read(MethodDescriptor<Q, R> method, Q request, Function<R, T> mapping) {
    Answer<T> answer = new Answer<>();
    new Tries<>(method, request, mapping, answer).next();
    return answer;
  }

  /**
   * Runs in a thread of its own what blocks and cannot do otherwise: work with files. Cancelling
   * the future interrupts it.
   */
  <T> CompletableFuture<T> inThread(Supplier<T> work) {
    Answer<T> answer = new Answer<>();
    Future<?> running =
        workers.submit(
            () -> {
              try {
                answer.complete(work.get());
              } catch (RuntimeException | Error failure) {
                answer.completeExceptionally(failure);
              }
            });
    answer.waitsFor(() -> running.cancel(true));
    return answer;
  }

  void close() {
    workers.shutdownNow();
  }

  /** One call after the other until there is an answer. */
  private final class Tries<Q, R, T> {
    private final MethodDescriptor<Q, R> method;
    private final Q request;
    private final Function<R, T> mapping;
    private final Answer<T> answer;
    private final long end = System.nanoTime() + calls.deadline().toNanos();
    private int failed;

    Tries(MethodDescriptor<Q, R> method, Q request, Function<R, T> mapping, Answer<T> answer) {
      this.method = method;
      this.request = request;
      this.mapping = mapping;
      this.answer = answer;
    }

    void next() {
      if (answer.isDone()) {
        return;
      }
      long left = Math.max(1, end - System.nanoTime());
      ClientCall<Q, R> call =
          calls
              .channel()
              .newCall(method, CallOptions.DEFAULT.withDeadlineAfter(left, TimeUnit.NANOSECONDS));
      answer.waitsFor(() -> call.cancel("The caller gave up.", null));
      ClientCalls.asyncUnaryCall(call, request, new Receiver());
    }

    private void failed(Throwable thrown) {
      StatusRuntimeException failure =
          Status.fromThrowable(thrown).asRuntimeException(Status.trailersFromThrowable(thrown));
      failed++;
      Duration pause = calls.retry().pauseAfter(failed);
      if (!calls.retry().allows(failure, failed) || System.nanoTime() + pause.toNanos() - end > 0) {
        answer.completeExceptionally(calls.failed(failure));
        return;
      }
      CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
          .execute(
              () -> {
                calls.channel().resetConnectBackoff();
                next();
              });
    }

    private final class Receiver implements StreamObserver<R> {
      @Override
      public void onNext(R response) {
        try {
          answer.complete(mapping.apply(response));
        } catch (RuntimeException unreadable) {
          answer.completeExceptionally(unreadable);
        }
      }

      @Override
      public void onError(Throwable thrown) {
        if (!answer.isDone()) {
          failed(thrown);
        }
      }

      @Override
      public void onCompleted() {}
    }
  }
}
