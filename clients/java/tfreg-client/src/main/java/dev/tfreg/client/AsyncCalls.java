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
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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
      Executors.newCachedThreadPool(task -> daemon(task, "tfreg-worker"));
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, task -> daemon(task, "tfreg-timer"));

  AsyncCalls(Calls calls) {
    this.calls = calls;
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Makes a call that may be repeated. Cancelling the future cancels the call. */
  <Q, R, T> Answer<T> read(MethodDescriptor<Q, R> method, Q request, Function<R, T> mapping) {
    return read(method, request, calls.deadline(), mapping);
  }

  /** Makes a call that may be repeated, with all its tries within a limit. */
  <Q, R, T> Answer<T> read(
      MethodDescriptor<Q, R> method, Q request, Duration limit, Function<R, T> mapping) {
    Answer<T> answer = new Answer<>();
    new Tries<>(method, request, limit, mapping, answer).next();
    return answer;
  }

  /**
   * Runs in a thread of its own what blocks and cannot do otherwise: work with files. Cancelling
   * the future interrupts it.
   */
  <T> CompletableFuture<T> inThread(Supplier<T> work) {
    Answer<T> answer = new Answer<>();
    try {
      Future<?> running = workers.submit(() -> complete(answer, work));
      answer.waitsFor(() -> running.cancel(true));
    } catch (RejectedExecutionException closed) {
      answer.completeExceptionally(
          calls.failed(Status.CANCELLED.withCause(closed).asRuntimeException()));
    }
    return answer;
  }

  /** Does something quick again and again until it is cancelled or the client is closed. */
  Future<?> every(Duration period, Runnable task) {
    try {
      return timer.scheduleWithFixedDelay(
          task, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      return CompletableFuture.completedFuture(null);
    }
  }

  /** Does something later, also if the client is closed by then. */
  void after(Duration pause, Runnable task) {
    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS).execute(task);
  }

  /** Takes no more work; what is being done goes on. */
  void shutdown() {
    timer.shutdownNow();
    workers.shutdown();
  }

  /** Interrupts what is still being done. */
  void shutdownNow() {
    workers.shutdownNow();
  }

  private static <T> void complete(Answer<T> answer, Supplier<T> work) {
    try {
      answer.complete(work.get());
    } catch (RuntimeException | Error failure) {
      answer.completeExceptionally(failure);
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** One call after the other until there is an answer. */
  private final class Tries<Q, R, T> {
    private final MethodDescriptor<Q, R> method;
    private final Q request;
    private final Function<R, T> mapping;
    private final Answer<T> answer;
    private final long end;
    private int failed;

    Tries(
        MethodDescriptor<Q, R> method,
        Q request,
        Duration limit,
        Function<R, T> mapping,
        Answer<T> answer) {
      this.end = System.nanoTime() + limit.toNanos();
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
      ClientCalls.asyncUnaryCall(call, request, new Receiver());
      // Only now: a call must not be cancelled while it is being started.
      answer.waitsFor(() -> call.cancel("The caller gave up.", null));
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
      after(
          pause,
          () -> {
            calls.connectNow();
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
