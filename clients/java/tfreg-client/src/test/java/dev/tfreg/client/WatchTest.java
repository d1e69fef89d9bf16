package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.v1.WatchRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@SuppressWarnings("try") // Watches that are only listened to.
class WatchTest {
  private static final WatchOptions FROM_THE_FIRST =
      WatchOptions.builder().afterSequence(0).build();

  @TempDir Path cache;
  private final Told told = new Told();
  private FakeRegistry registry;
  private TfregClient client;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    client = registry.client(cache);
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  @Test
  void aListenerIsToldWhatHappens() throws Exception {
    registry.watch.happen(dev.tfreg.v1.EventKind.EVENT_KIND_ALIAS_MOVED, "m", 3, "prod");
    try (Watching watching = client.watch(FROM_THE_FIRST, told)) {
      Event event = told.next();
      assertEquals(EventKind.ALIAS_MOVED, event.kind());
      assertEquals("m", event.model());
      assertEquals(3, event.version());
      assertEquals("prod", event.alias());
    }
  }

  @Test
  void withoutASequenceTheWatchStartsFromNow() throws Exception {
    happen(3);
    try (Watching watching = client.watch(WatchOptions.builder().build(), told)) {
      assertEquals(3, told.connected.take());
      assertTrue(watching.connected());
      assertEquals(OptionalLong.of(3), watching.sequence());
      happen(1);
      assertEquals(4, told.next().sequence());
    }
  }

  @Test
  void onlyTheModelsNamedAreWatched() throws Exception {
    try (Watching watching = client.watch(WatchOptions.ofModels("a", "b"), told)) {
      assertEquals(List.of("a", "b"), registry.watch.requests.take().getModelsList());
    }
  }

  @Test
  void overLostConnectionsNothingIsMissedOrToldTwice() throws Exception {
    try (Watching watching = client.watch(FROM_THE_FIRST, told)) {
      for (int round = 0; round < 3; round++) {
        happen(2);
        registry.watch.cut();
        happen(2);
      }
      registry.watch.complete();
      happen(1);
      assertEquals(numbers(1, 13), told.numbers(13));
      assertTrue(told.events.isEmpty());
    }
  }

  @Test
  void aNewConnectionGoesOnAfterTheLastEventAndTheListenerKnowsOfIt() throws Exception {
    happen(2);
    try (Watching watching = client.watch(FROM_THE_FIRST, told)) {
      assertEquals(numbers(1, 2), told.numbers(2));
      assertEquals(0, registry.watch.requests.take().getAfterSequence());
      registry.watch.cut();
      assertEquals("SERVER_UNAVAILABLE", told.lost.take().reason());
      assertEquals(2, registry.watch.requests.take().getAfterSequence());
      assertEquals(List.of(0L, 2L), List.of(told.connected.take(), told.connected.take()));
    }
  }

  @Test
  void aServerThatRepeatsItselfDoublesNothing() throws Exception {
    registry.watch.repeat();
    happen(2);
    try (Watching watching = client.watch(FROM_THE_FIRST, told)) {
      assertEquals(numbers(1, 2), told.numbers(2));
      registry.watch.cut();
      happen(2);
      assertEquals(numbers(3, 4), told.numbers(2));
      assertTrue(told.events.isEmpty());
    }
  }

  @Test
  void aServerThatIsNotThereYetIsWaitedFor() throws Exception {
    for (int times = 0; times < 3; times++) {
      registry.watch.refusals.add(Status.UNAVAILABLE.asRuntimeException());
    }
    happen(1);
    try (Watching watching = client.watch(FROM_THE_FIRST, told)) {
      assertEquals(numbers(1, 1), told.numbers(1));
      assertEquals(3, told.lost.size());
    }
  }

  @Test
  void aConnectionThatIsSilentForTooLongIsReplaced() throws Exception {
    registry.watch.muteNext(2);
    happen(1);
    ManagedChannel channel = registry.channel();
    Calls calls =
        new Calls(
            channel,
            "localhost:1",
            Duration.ofSeconds(5),
            new Retry(4, Duration.ofMillis(10), Duration.ofMillis(10)));
    Watches impatient = new Watches(calls, Duration.ofMillis(200));
    try (Watching watching = impatient.listen(FROM_THE_FIRST, told)) {
      assertEquals(numbers(1, 1), told.numbers(1));
      TfregException lost = told.lost.take();
      assertTrue(lost.getMessage().contains("nothing heard"), lost.getMessage());
    } finally {
      calls.close();
    }
  }

  @Test
  void aSequenceThatTheRegistryNeverGaveIsAFailureForTheCaller() throws Exception {
    registry.watch.refusals.add(sequenceUnknown());
    try (Watching watching = client.watch(FROM_THE_FIRST, told)) {
      assertEquals("SEQUENCE_UNKNOWN", told.failed.take().reason());
      assertFalse(watching.connected());
    }
    registry.watch.refusals.add(sequenceUnknown());
    try (EventStream events = client.watch(FROM_THE_FIRST)) {
      assertEquals(
          "SEQUENCE_UNKNOWN", assertThrows(TfregException.class, events::hasNext).reason());
    }
  }

  @Test
  void aListenerThatThrowsEndsTheWatchBeforeItsEvent() throws Exception {
    happen(3);
    Told broken =
        new Told() {
          @Override
          public void onEvent(Event event) {
            if (event.sequence() == 2) {
              throw new IllegalStateException("broken");
            }
            super.onEvent(event);
          }
        };
    try (Watching watching = client.watch(FROM_THE_FIRST, broken)) {
      TfregException failure = broken.failed.take();
      assertEquals("LISTENER_FAILED", failure.reason());
      assertTrue(failure.getMessage().contains("broken"), failure.getMessage());
      assertEquals(OptionalLong.of(1), watching.sequence());
      assertEquals(1, broken.events.size());
    }
  }

  @Test
  void closingTellsTheServer() throws Exception {
    Watching watching = client.watch(WatchOptions.ofModels("m"), told);
    WatchRequest asked = registry.watch.requests.take();
    watching.close();
    assertEquals(asked, registry.watch.given.take());
  }

  @Test
  void closingTheClientEndsItsWatches() throws Exception {
    client.watch(WatchOptions.ofModels("m"), told);
    WatchRequest asked = registry.watch.requests.take();
    client.close();
    assertEquals(asked, registry.watch.given.take());
  }

  @Test
  void aStreamIsReadEventByEvent() {
    happen(2);
    try (EventStream events = client.watch(FROM_THE_FIRST)) {
      assertTrue(events.hasNext());
      assertTrue(events.connected());
      assertEquals(OptionalLong.of(0), events.sequence());
      assertEquals(1, events.next().sequence());
      assertEquals(OptionalLong.of(1), events.sequence());
      registry.watch.cut();
      happen(1);
      assertEquals(2, events.next().sequence());
      assertEquals(3, events.next().sequence());
      assertEquals(OptionalLong.of(3), events.sequence());
    }
  }

  @Test
  void closingAStreamWakesWhoWaits() throws Exception {
    EventStream events = client.watch(WatchOptions.ofModels("m"));
    registry.watch.requests.take();
    CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(events::hasNext);
    events.close();
    assertFalse(waiting.get(60, TimeUnit.SECONDS));
    assertThrows(NoSuchElementException.class, events::next);
  }

  @Test
  void anInterruptedReaderIsToldSoAndLosesNothing() {
    try (EventStream events = client.watch(FROM_THE_FIRST)) {
      Thread.currentThread().interrupt();
      assertEquals("CANCELLED", assertThrows(TfregException.class, events::hasNext).reason());
      assertTrue(Thread.interrupted());
      happen(1);
      assertEquals(1, events.next().sequence());
    }
  }

  @Test
  void aKindThatThisClientDoesNotKnowIsUnknown() throws Exception {
    registry.watch.happen(dev.tfreg.v1.Event.newBuilder().setKindValue(1000).setModel("m"));
    try (Watching watching = client.watch(FROM_THE_FIRST, told)) {
      assertEquals(EventKind.UNKNOWN, told.next().kind());
    }
  }

  private void happen(int times) {
    for (int time = 0; time < times; time++) {
      registry.watch.happen(dev.tfreg.v1.EventKind.EVENT_KIND_VERSION_CREATED, "m", 1, "");
    }
  }

  private static List<Long> numbers(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().collect(Collectors.toList());
  }

  private static RuntimeException sequenceUnknown() {
    return FakeRegistry.error(
        Status.Code.FAILED_PRECONDITION, "SEQUENCE_UNKNOWN", "Never given.", Map.of());
  }

  /** Keeps what it is told. */
  private static class Told implements WatchListener {
    final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    final BlockingQueue<Long> connected = new LinkedBlockingQueue<>();
    final BlockingQueue<TfregException> lost = new LinkedBlockingQueue<>();
    final BlockingQueue<TfregException> failed = new LinkedBlockingQueue<>();

    Event next() throws InterruptedException {
      return events.take();
    }

    List<Long> numbers(int count) throws InterruptedException {
      List<Long> numbers = new java.util.ArrayList<>();
      while (numbers.size() < count) {
        numbers.add(next().sequence());
      }
      return numbers;
    }

    @Override
    public void onEvent(Event event) {
      events.add(event);
    }

    @Override
    public void onConnected(long sequence) {
      connected.add(sequence);
    }

    @Override
    public void onDisconnected(TfregException cause) {
      lost.add(cause);
    }

    @Override
    public void onFailed(TfregException failure) {
      failed.add(failure);
    }
  }
}
