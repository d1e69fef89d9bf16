package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tfreg.v1.EventKind;
import dev.tfreg.v1.ResolveRequest;
import dev.tfreg.v1.ResolveResponse;
import dev.tfreg.v1.WatchRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class WatchedBindingsTest {
  @TempDir Path cache;
  private final Map<String, Long> versions = new ConcurrentHashMap<>();
  private final AtomicInteger additions = new AtomicInteger();
  private final Heard heard = new Heard();
  private FakeRegistry registry;
  private TfregClient client;
  private WatchedBindings bindings;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    registry.resolver = this::answer;
    client = registry.client(cache);
    bindings = client.watched(WatchedOptions.builder().listener(heard).build());
    versions.put("m", 3L);
    versions.put("m:3", 3L);
    versions.put("m@prod", 3L);
    versions.put("n@prod", 7L);
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  @Test
  void theSecondQuestionIsAnsweredLocallyWithTheSameObject() {
    Binding first = bindings.resolve("m@prod");
    assertEquals(3, first.version());
    assertSame(first, bindings.resolve("m@prod"));
    assertSame(first, bindings.resolve(ResolveOptions.builder("m@prod").build()));
    assertSame(first, bindings.resolveAsync(ResolveOptions.builder("m@prod").build()).join());
    assertEquals(1, registry.calls.get());
    assertFalse(bindings.stale());
  }

  @Test
  void otherOptionsAreAnotherQuestion() {
    bindings.resolve("m@prod");
    bindings.resolve(ResolveOptions.builder("m@prod").formats("frozen_graph").build());
    assertEquals(2, registry.calls.get());
    assertEquals(2, bindings.size());
  }

  @Test
  void anAliasThatMovesIsAskedForAgain() {
    bindings.resolve("m@prod");
    versions.put("m@prod", 4L);
    registry.watch.happen(EventKind.EVENT_KIND_ALIAS_MOVED, "m", 4, "prod");
    until(() -> bindings.resolve("m@prod").version() == 4);
    assertEquals(2, registry.calls.get());
  }

  @Test
  void whatIsSaidAboutAVersionEndsWithAnAdditionToIt() {
    Binding before = bindings.resolve("m:3");
    additions.incrementAndGet();
    registry.watch.happen(EventKind.EVENT_KIND_SIGNATURE_DECLARED, "m", 3, "");
    until(() -> bindings.resolve("m:3") != before);
    assertEquals(2, registry.calls.get());
  }

  @Test
  void whatHasNotChangedStaysTheSameObjectWhenItIsAskedForAgain() {
    Binding before = bindings.resolve("m:3");
    registry.watch.happen(EventKind.EVENT_KIND_ATTACHMENT_ADDED, "m", 3, "");
    until(() -> bindings.resolve("m:3") == before && registry.calls.get() == 2);
    assertEquals(before.revision(), registry.resolveRequest.getKnownRevision());
  }

  @Test
  void anEventThatIsAboutSomethingElseChangesNothing() {
    Binding before = bindings.resolve("m@prod");
    bindings.resolve("n@prod");
    registry.watch.happen(EventKind.EVENT_KIND_ALIAS_MOVED, "m", 4, "canary");
    registry.watch.happen(EventKind.EVENT_KIND_VERSION_CREATED, "m", 4, "");
    versions.put("n@prod", 8L);
    registry.watch.happen(EventKind.EVENT_KIND_ALIAS_MOVED, "n", 8, "prod");
    until(() -> bindings.resolve("n@prod").version() == 8);
    assertSame(before, bindings.resolve("m@prod"));
    assertEquals(3, registry.calls.get());
  }

  @Test
  void manyWhoAskAtOnceAskTheRegistryOnce() {
    BlockingQueue<StreamObserver<ResolveResponse>> waiting = new LinkedBlockingQueue<>();
    bindings.resolve("n@prod"); // The watch is there.
    registry.resolver = (request, out) -> waiting.add(out);
    ResolveOptions options = ResolveOptions.builder("m@prod").build();
    List<CompletableFuture<Binding>> answers = new ArrayList<>();
    for (int caller = 0; caller < 8; caller++) {
      answers.add(bindings.resolveAsync(options));
    }
    assertTrue(answers.get(0).cancel(true));
    StreamObserver<ResolveResponse> out = taken(waiting);
    out.onNext(response("m@prod"));
    out.onCompleted();
    Set<Binding> distinct = new HashSet<>();
    answers.stream().skip(1).forEach(answer -> distinct.add(answer.join()));
    assertEquals(1, distinct.size());
    assertEquals(2, registry.calls.get());
  }

  @Test
  void aModelThatIsAddedIsWatchedFromBeforeItWasAskedFor() throws Exception {
    bindings.resolve("m@prod");
    assertEquals(List.of("m"), registry.watch.requests.take().getModelsList());
    registry.watch.happen(EventKind.EVENT_KIND_VERSION_CREATED, "m", 9, "");
    bindings.resolve("n@prod");
    WatchRequest longer = registry.watch.requests.take();
    assertEquals(Set.of("m", "n"), Set.copyOf(longer.getModelsList()));
    assertTrue(longer.hasAfterSequence());
    versions.put("n@prod", 8L);
    registry.watch.happen(EventKind.EVENT_KIND_ALIAS_MOVED, "n", 8, "prod");
    until(() -> bindings.resolve("n@prod").version() == 8);
    versions.put("m@prod", 4L);
    registry.watch.happen(EventKind.EVENT_KIND_ALIAS_MOVED, "m", 4, "prod");
    until(() -> bindings.resolve("m@prod").version() == 4);
    assertTrue(heard.stale.isEmpty());
  }

  @Test
  void moreModelsThanCanBeNamedAreWatchedAllTogether() throws Exception {
    for (int model = 0; model <= 500; model++) {
      versions.put("m" + model, 1L);
      bindings.resolve("m" + model);
    }
    int named;
    do {
      named = registry.watch.requests.take().getModelsCount();
    } while (named > 0);
    versions.put("m77", 2L);
    registry.watch.happen(EventKind.EVENT_KIND_VERSION_CREATED, "m77", 2, "");
    until(() -> bindings.resolve("m77").version() == 2);
  }

  @Test
  void whileTheConnectionIsLostTheLastKnownIsGivenAndItIsSaid() throws Exception {
    bindings.resolve("m@prod");
    for (int times = 0; times < 2; times++) {
      registry.watch.refusals.add(Status.UNAVAILABLE.asRuntimeException());
    }
    CountDownLatch asked = new CountDownLatch(1);
    heard.whenStale =
        () -> {
          // The watch connects again only after this.
          assertEquals(3, bindings.resolve("m@prod").version());
          assertTrue(bindings.stale());
          assertTrue(bindings.staleSince().isPresent());
          versions.put("m@prod", 4L);
          registry.watch.happen(EventKind.EVENT_KIND_ALIAS_MOVED, "m", 4, "prod");
          asked.countDown();
        };
    registry.watch.cut();
    asked.await();
    heard.fresh.take();
    assertFalse(bindings.stale());
    assertEquals("SERVER_UNAVAILABLE", heard.stale.take().reason());
    until(() -> bindings.resolve("m@prod").version() == 4);
    assertTrue(heard.stale.isEmpty());
  }

  @Test
  void whatMayHaveChangedIsStillGivenIfTheRegistryIsAway() {
    bindings.resolve("m:3");
    registry.resolver = (request, out) -> out.onError(Status.UNAVAILABLE.asRuntimeException());
    registry.watch.happen(EventKind.EVENT_KIND_SIGNATURE_DECLARED, "m", 3, "");
    until(() -> bindings.resolve("m:3").version() == 3 && bindings.stale());
    registry.resolver = this::answer;
    assertEquals(3, bindings.resolve("m:3").version());
    assertFalse(bindings.stale());
  }

  @Test
  void whatIsNotThereIsAskedForEachTime() {
    for (int times = 1; times <= 2; times++) {
      TfregException failure =
          assertThrows(TfregException.class, () -> bindings.resolve("m@canary"));
      assertEquals("ALIAS_NOT_FOUND", failure.reason());
      assertEquals(times, registry.calls.get());
    }
    assertEquals(0, bindings.size());
  }

  @Test
  void aReferenceThatIsNoneIsToldWithoutAskingAnybody() {
    TfregException failure = assertThrows(TfregException.class, () -> bindings.resolve("M@@"));
    assertEquals("REFERENCE_INVALID", failure.reason());
    assertEquals(0, registry.calls.get());
  }

  @Test
  void anAliasThatIsRemovedIsGivenNoLonger() {
    bindings.resolve("m@prod");
    versions.remove("m@prod");
    registry.watch.happen(EventKind.EVENT_KIND_ALIAS_MOVED, "m", 0, "prod");
    until(() -> reason(() -> bindings.resolve("m@prod")).equals("ALIAS_NOT_FOUND"));
  }

  @Test
  void afterAnotherRegistryHasTakenItsPlaceAllIsAskedAgain() throws Exception {
    bindings.resolve("m@prod");
    versions.put("m@prod", 1L);
    registry.watch.refusals.add(
        FakeRegistry.error(
            Status.Code.FAILED_PRECONDITION, "SEQUENCE_UNKNOWN", "Never given.", Map.of()));
    registry.watch.cut();
    heard.fresh.take();
    assertEquals(1, bindings.resolve("m@prod").version());
    registry.watch.requests.take();
    registry.watch.requests.take();
    assertFalse(registry.watch.requests.take().hasAfterSequence());
  }

  @Test
  void whereNothingCanBeWatchedEveryQuestionIsAsked() {
    for (int times = 0; times < 100; times++) {
      registry.watch.refusals.add(Status.UNIMPLEMENTED.asRuntimeException());
    }
    assertEquals(3, bindings.resolve("m@prod").version());
    versions.put("m@prod", 4L);
    assertEquals(4, bindings.resolve("m@prod").version());
    assertTrue(bindings.stale());
  }

  @Test
  void whatWasNotUsedLatelyMakesRoom() {
    WatchedBindings few = client.watched(WatchedOptions.builder().maxBindings(2).build());
    few.resolve("m@prod");
    few.resolve("m:3");
    few.resolve("m@prod"); // Used once more.
    few.resolve("m");
    assertEquals(2, few.size());
    int before = registry.calls.get();
    few.resolve("m@prod");
    assertEquals(before, registry.calls.get());
    few.resolve("m:3");
    assertEquals(before + 1, registry.calls.get());
  }

  @Test
  void onceClosedEveryQuestionIsAsked() throws Exception {
    bindings.resolve("m@prod");
    WatchRequest watched = registry.watch.requests.take();
    bindings.close();
    assertEquals(watched, registry.watch.given.take());
    bindings.resolve("m@prod");
    bindings.resolve("m@prod");
    assertEquals(3, registry.calls.get());
    assertEquals(0, bindings.size());
  }

  @Test
  void theClientsOwnAreTheSameAtEachCallAndEndWithIt() throws Exception {
    WatchedBindings own = client.watched();
    assertSame(own, client.watched());
    own.resolve("m@prod");
    client.close();
    registry.watch.given.take();
    assertThrows(TfregException.class, () -> own.resolve("m@prod"));
  }

  @Test
  void aHitAllocatesNothing() {
    ResolveOptions options = ResolveOptions.builder("m@prod").signature("score").build();
    assertEquals(0, allocatedPerCall(() -> bindings.resolve("m@prod")));
    assertEquals(0, allocatedPerCall(() -> bindings.resolve(options)));
  }

  /** Bytes for each of many calls, by the quietest of several rounds. */
  private static long allocatedPerCall(Supplier<Binding> call) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    int calls = 20_000;
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = threads.getThreadAllocatedBytes(thread);
      for (int done = 0; done < calls; done++) {
        var unused = call.get();
      }
      least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
    }
    return least / calls;
  }

  private void answer(ResolveRequest request, StreamObserver<ResolveResponse> out) {
    if (!versions.containsKey(request.getReference())) {
      out.onError(
          FakeRegistry.error(Status.Code.NOT_FOUND, "ALIAS_NOT_FOUND", "No such alias.", Map.of()));
      return;
    }
    ResolveResponse whole = response(request.getReference());
    boolean unchanged = whole.getBinding().getRevision().equals(request.getKnownRevision());
    out.onNext(unchanged ? ResolveResponse.newBuilder().setUnchanged(true).build() : whole);
    out.onCompleted();
  }

  private ResolveResponse response(String reference) {
    long version = versions.get(reference);
    return ResolveResponse.newBuilder()
        .setBinding(
            dev.tfreg.v1.Binding.newBuilder()
                .setModel(Reference.parse(reference).model())
                .setVersion(version)
                .setRevision(version + "+" + additions))
        .build();
  }

  private static String reason(Supplier<Binding> call) {
    try {
      var unused = call.get();
      return "";
    } catch (TfregException failure) {
      return failure.reason();
    }
  }

  private static <T> T taken(BlockingQueue<T> queue) {
    try {
      return queue.take();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  /** Waits for what an event that is under way brings about. */
  private static void until(BooleanSupplier happened) {
    while (!happened.getAsBoolean()) {
      assertFalse(Thread.currentThread().isInterrupted());
      Thread.onSpinWait();
    }
  }

  /** Keeps what it hears. */
  private static final class Heard implements WatchedListener {
    final BlockingQueue<TfregException> stale = new LinkedBlockingQueue<>();
    final BlockingQueue<Boolean> fresh = new LinkedBlockingQueue<>();
    volatile Runnable whenStale = () -> {};

    @Override
    public void onStale(TfregException cause) {
      whenStale.run();
      stale.add(cause);
    }

    @Override
    public void onFresh() {
      fresh.add(true);
    }
  }
}
