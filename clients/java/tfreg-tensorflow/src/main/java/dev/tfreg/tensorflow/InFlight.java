package dev.tfreg.tensorflow;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the runs that are under way, without a lock. Once it is closed no run begins any more, and
 * who closed it waits for the last one.
 */
final class InFlight {
  private static final long CLOSED = 1L << 62;
  private static final Duration LONG = Duration.ofDays(1);

  /** The number of runs, and the bit CLOSED. */
  private final AtomicLong state = new AtomicLong();

  private final CountDownLatch drained = new CountDownLatch(1);

  /** Begins a run; false if no run may begin any more. */
  boolean enter() {
    while (true) {
      long seen = state.get();
      if ((seen & CLOSED) != 0) {
        return false;
      }
      if (state.compareAndSet(seen, seen + 1)) {
        return true;
      }
    }
  }

  /** Ends a run that {@link #enter} began. */
  void leave() {
    if (state.decrementAndGet() == CLOSED) {
      drained.countDown();
    }
  }

  /** The number of runs that are under way. */
  long count() {
    return state.get() & ~CLOSED;
  }

  /** Lets no run begin any more and waits until those under way have ended. */
  void closeAndDrain() {
    while (!closeAndDrain(LONG)) {
      // what runs uses the memory that is to be freed: there is no other way
    }
  }

  /** Does so for a while; returns whether all have ended. */
  boolean closeAndDrain(Duration longest) {
    if (state.getAndUpdate(seen -> seen | CLOSED) == 0) {
      drained.countDown();
    }
    long end = System.nanoTime() + longest.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return drained.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interruption) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
