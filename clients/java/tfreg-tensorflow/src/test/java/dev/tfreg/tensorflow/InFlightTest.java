package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who closes waits for the runs that are under way, and no run begins afterwards. */
class InFlightTest {
  @Test
  void closingWaitsForRunsAndLetsNoneBegin() throws Exception {
    for (int round = 0; round < 200; round++) {
      InFlight inFlight = new InFlight();
      AtomicInteger inside = new AtomicInteger();
      CountDownLatch entered = new CountDownLatch(4);
      ExecutorService threads = Executors.newFixedThreadPool(5);
      try {
        List<Future<?>> runs = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
          runs.add(threads.submit(() -> runUntilClosed(inFlight, inside, entered)));
        }
        assertTrue(entered.await(60, TimeUnit.SECONDS));
        Future<Integer> closed =
            threads.submit(
                () -> {
                  inFlight.closeAndDrain();
                  return inside.get();
                });
        assertEquals(0, closed.get(60, TimeUnit.SECONDS));
        for (Future<?> run : runs) {
          run.get(60, TimeUnit.SECONDS);
        }
        assertFalse(inFlight.enter());
        inFlight.closeAndDrain();
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static void runUntilClosed(
      InFlight inFlight, AtomicInteger inside, CountDownLatch entered) {
    while (inFlight.enter()) {
      inside.incrementAndGet();
      entered.countDown();
      inside.decrementAndGet();
      inFlight.leave();
    }
  }

  @Test
  void aThreadThatIsInterruptedWhileItWaitsStaysInterrupted() {
    InFlight inFlight = new InFlight();
    Thread.currentThread().interrupt();
    inFlight.closeAndDrain();
    assertTrue(Thread.interrupted());
    assertEquals(0, inFlight.count());
  }
}
