package dev.tfreg.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.AliasMove;
import dev.tfreg.client.Event;
import dev.tfreg.client.EventStream;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.client.WatchOptions;
import dev.tfreg.client.WatchedBindings;
import dev.tfreg.client.WatchedListener;
import dev.tfreg.client.WatchedOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A registry that goes away under a running client, and comes back. */
@Timeout(300)
class RestartTest {
  private static final Path MODELS = Path.of("../../../tests/fixtures/models");

  @RegisterExtension final TfregRegistry registry = TfregRegistry.create();

  private TfregClient client;

  @BeforeEach
  void pushTwoVersions() {
    registry.push("team/m", MODELS.resolve("tf1_saved_model"), "--alias", "prod");
    registry.push("team/m", MODELS.resolve("frozen_tf1.pb"));
    // A budget that outlasts the start of a server, however slow the machine is.
    client = registry.clientBuilder().maxAttempts(100_000).deadline(Duration.ofMinutes(4)).build();
  }

  @AfterEach
  void closeClient() {
    client.close();
  }

  @Test
  void noCallFailsWhileTheServerIsKilledAndStarted() throws Exception {
    noCallFailsWhile(
        () -> {
          registry.kill();
          registry.start();
        });
  }

  @Test
  void noCallFailsWhileTheServerIsStoppedAndStarted() throws Exception {
    noCallFailsWhile(registry::restart);
  }

  @Test
  void aWatchGoesOnWithoutAMissedOrADoubledEvent() {
    try (EventStream events = client.watch(fromTheFirst())) {
      List<Event> told = new ArrayList<>();
      prodTo(2);
      told.add(events.next()); // The connection is there.
      registry.kill();
      registry.start();
      prodTo(1);
      registry.restart();
      prodTo(2);
      long last = prodTo(1);
      while (told.get(told.size() - 1).sequence() < last) {
        told.add(events.next());
      }
      assertEquals(replayed(last), told);
    }
  }

  @Test
  void watchedBindingsServeTheLastKnownAndCatchUp() throws Exception {
    Heard heard = new Heard();
    try (WatchedBindings bindings =
        client.watched(WatchedOptions.builder().listener(heard).build())) {
      assertEquals(1, bindings.resolve("team/m@prod").version());
      registry.kill();
      heard.stale.take();
      assertTrue(bindings.stale());
      assertEquals(1, bindings.resolve("team/m@prod").version());
      registry.start();
      prodTo(2);
      heard.fresh.take();
      assertFalse(bindings.stale());
      while (bindings.resolve("team/m@prod").version() != 2) {
        Thread.onSpinWait(); // The event is on its way.
      }
    }
  }

  /** Calls from several threads, at least one of them in each moment of what is done meanwhile. */
  private void noCallFailsWhile(Runnable interruption) throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    List<CompletableFuture<Integer>> callers = new ArrayList<>();
    CountDownLatch calling = new CountDownLatch(4);
    for (int caller = 0; caller < 4; caller++) {
      boolean async = caller % 2 == 0;
      CompletableFuture<Integer> result = new CompletableFuture<>();
      callers.add(result);
      new Thread(() -> call(enough, async, calling, result)).start();
    }
    calling.await();
    for (int times = 0; times < 2; times++) {
      interruption.run();
      assertEquals(1, client.resolve("team/m:1").version());
    }
    enough.set(true);
    for (CompletableFuture<Integer> caller : callers) {
      assertTrue(caller.get() > 0);
    }
  }

  private void call(
      AtomicBoolean enough,
      boolean async,
      CountDownLatch calling,
      CompletableFuture<Integer> result) {
    try {
      int calls = 0;
      do {
        assertEquals(
            1,
            async
                ? client.async().resolve("team/m@prod").get().version()
                : client.resolve("team/m@prod").version());
        calls++;
        calling.countDown();
      } while (!enough.get());
      result.complete(calls);
    } catch (Exception | AssertionError failure) {
      result.completeExceptionally(failure);
      calling.countDown();
    }
  }

  /** Returns the number of the move's event. */
  private long prodTo(long version) {
    client.setAliases("team/m", List.of(AliasMove.to("prod", version)));
    return client.aliasMoves("team/m").get(0).sequence();
  }

  /** What somebody is told who comes later. */
  private List<Event> replayed(long last) {
    List<Event> events = new ArrayList<>();
    try (EventStream stream = registry.client().watch(fromTheFirst())) {
      do {
        events.add(stream.next());
      } while (events.get(events.size() - 1).sequence() < last);
    }
    return events;
  }

  private static WatchOptions fromTheFirst() {
    return WatchOptions.builder().models("team/m").afterSequence(0).build();
  }

  /** Keeps what it hears. */
  private static final class Heard implements WatchedListener {
    final BlockingQueue<TfregException> stale = new LinkedBlockingQueue<>();
    final BlockingQueue<Boolean> fresh = new LinkedBlockingQueue<>();

    @Override
    public void onStale(TfregException cause) {
      stale.add(cause);
    }

    @Override
    public void onFresh() {
      fresh.add(true);
    }
  }
}
