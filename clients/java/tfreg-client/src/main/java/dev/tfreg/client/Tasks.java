package dev.tfreg.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Work of one push or pull that several threads do: all of it is done, or all of it is given up.
 */
final class Tasks {
  private Tasks() {}

  /** Returns threads that do not keep the process alive. */
  static ExecutorService threads(int count, String name) {
    return Executors.newFixedThreadPool(
        count,
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Interrupts what is still running, and returns when it has ended: it may be writing files. */
  static void end(ExecutorService threads) {
    threads.shutdownNow();
    boolean interrupted = false;
    while (!threads.isTerminated()) {
      try {
        var unused = threads.awaitTermination(1, TimeUnit.HOURS);
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs all and waits for them; the first that fails has the others interrupted. */
  static void runAll(List<? extends Callable<Void>> tasks, ExecutorService threads)
      throws IOException, InterruptedException {
    CompletionService<Void> done = new ExecutorCompletionService<>(threads);
    List<Future<Void>> running = new ArrayList<>();
    tasks.forEach(task -> running.add(done.submit(task)));
    try {
      for (int count = 0; count < running.size(); count++) {
        await(done.take());
      }
    } catch (IOException | InterruptedException | RuntimeException failure) {
      running.forEach(task -> task.cancel(true));
      throw failure;
    }
  }

  /** Waits for a task, and fails as it failed. */
  static void await(Future<?> task) throws IOException, InterruptedException {
    try {
      task.get();
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause();
      if (cause instanceof IOException) {
        throw (IOException) cause;
      }
      if (cause instanceof InterruptedException) {
        throw (InterruptedException) cause;
      }
      if (cause instanceof RuntimeException) {
        throw (RuntimeException) cause;
      }
      throw new IllegalStateException(cause);
    }
  }
}
