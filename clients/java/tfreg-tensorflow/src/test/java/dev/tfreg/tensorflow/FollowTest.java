package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.AliasMove;
import dev.tfreg.client.PushOptions;
import dev.tfreg.client.TfregException;
import dev.tfreg.testing.TfregRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class FollowTest {
  private static final Map<String, Object> ONE_TWO = Map.of("x", new float[] {1, 2});

  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  private final ToldListener told = new ToldListener();
  private String model;

  @TempDir private Path folder;

  @BeforeEach
  void nameModel(TestInfo test) {
    model = "team/" + test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
  }

  /** Pushes a further version to which prod moves. */
  private void release(ScalingModel version) {
    push(version, "prod");
  }

  private void push(ScalingModel version, String... aliases) {
    Path path = version.write(folder.resolve("model"));
    registry.client().push(PushOptions.builder(path, model).aliases(aliases).build());
  }

  private void moveProd(int version) {
    registry.client().setAliases(model, List.of(AliasMove.to("prod", version)));
  }

  private SwappableModel load(String reference) {
    return (SwappableModel)
        TfregModels.load(
            registry.client(), LoadOptions.builder(reference).preflight(false).build());
  }

  private Following follow(BoundModel loaded, FollowOptions.Builder options)
      throws InterruptedException {
    Following following = loaded.follow(options.listener(told).build());
    told.expect("connected");
    return following;
  }

  private static float[] run(BoundModel loaded) {
    try (Outputs outputs = loaded.signature().run(ONE_TWO)) {
      return outputs.value("y", float[].class);
    }
  }

  /** Waits without end for what ends at once unless something is broken. */
  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "it did not happen");
      Thread.sleep(5);
    }
  }

  private static boolean isFreed(Generation generation) {
    return assertThrows(TfregException.class, () -> generation.run(null, ONE_TWO, null).close())
        .reason()
        .equals("MODEL_CLOSED");
  }

  @Test
  void aNewVersionTakesOverWhenTheAliasMoves() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod");
        Following following = follow(loaded, FollowOptions.builder().example(ONE_TWO))) {
      SignatureRunner kept = loaded.signature();
      Generation first = loaded.current();
      assertArrayEquals(new float[] {2, 4}, run(loaded));
      release(ScalingModel.by(3));
      told.expect("swapped 1 2");
      assertArrayEquals(new float[] {3, 6}, run(loaded));
      try (Outputs outputs = kept.run(ONE_TWO)) {
        assertArrayEquals(new float[] {3, 6}, outputs.value("y", float[].class));
      }
      assertEquals(2, loaded.loaded().version());
      assertEquals(1, following.swaps());
      assertTrue(following.connected());
      assertTrue(isFreed(first));
    }
  }

  @Test
  void aModelWithoutAnAliasFollowsTheNewestVersion() throws InterruptedException {
    push(ScalingModel.by(2));
    try (SwappableModel loaded = load(model);
        Following following = follow(loaded, FollowOptions.builder())) {
      push(ScalingModel.by(3));
      told.expect("swapped 1 2");
      assertArrayEquals(new float[] {3, 6}, run(loaded));
      assertEquals(1, following.swaps());
    }
  }

  @Test
  void aMoveBeforeTheFollowingBeganIsFoundToo() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      release(ScalingModel.by(3));
      follow(loaded, FollowOptions.builder());
      told.expect("swapped 1 2");
    }
  }

  @Test
  void aVersionThatFailsTheSelfTestIsNotTakenAndTheNextOneIs() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder().example(ONE_TWO));
      release(ScalingModel.by(3).thatFails());
      told.expect("refused 2 SELF_TEST_FAILED");
      assertArrayEquals(new float[] {2, 4}, run(loaded));
      release(ScalingModel.by(4));
      told.expect("swapped 1 3");
      assertArrayEquals(new float[] {4, 8}, run(loaded));
    }
  }

  @Test
  void aVersionThatWasNotTakenIsTriedAgainWhenTheAliasMovesToItAgain() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder().example(ONE_TWO));
      release(ScalingModel.by(3).thatFails());
      told.expect("refused 2 SELF_TEST_FAILED");
      moveProd(1);
      moveProd(2);
      told.expect("refused 2 SELF_TEST_FAILED");
    }
  }

  @Test
  void aVersionWithAnotherInterfaceIsNotTaken() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder());
      release(ScalingModel.by(3).withOutput("z"));
      told.expect("refused 2 INTERFACE_CHANGED");
      assertArrayEquals(new float[] {2, 4}, run(loaded));
    }
  }

  @Test
  void withoutASelfTestAVersionTakesOverUnrun() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder().example(ONE_TWO).selfTest(false));
      release(ScalingModel.by(3).thatFails());
      told.expect("swapped 1 2");
    }
  }

  @Test
  void anAliasThatIsRemovedIsToldAndTheModelServesOn() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder());
      registry.client().setAliases(model, List.of(AliasMove.remove("prod")));
      told.expect("refused 0 ALIAS_NOT_FOUND");
      assertArrayEquals(new float[] {2, 4}, run(loaded));
    }
  }

  @Test
  void ofSeveralQuickMovesTheLastOneCounts() throws InterruptedException {
    release(ScalingModel.by(2));
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    FollowListener slow =
        new FollowListener() {
          @Override
          public void swapped(LoadedModel before, LoadedModel after) {
            busy.countDown();
            waitFor(free);
            told.swapped(before, after);
          }

          @Override
          public void connected() {
            told.connected();
          }
        };
    try (SwappableModel loaded = load(model + "@prod")) {
      Following following = loaded.follow(FollowOptions.builder().listener(slow).build());
      told.expect("connected");
      release(ScalingModel.by(3));
      waitFor(busy);
      release(ScalingModel.by(4));
      release(ScalingModel.by(5));
      release(ScalingModel.by(6));
      free.countDown();
      told.expect("swapped 1 2");
      told.expect("swapped 2 5");
      assertEquals(2, following.swaps());
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void aRunThatIsUnderWayEndsBeforeItsVersionIsFreed() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod");
        Following following = follow(loaded, FollowOptions.builder())) {
      Generation first = loaded.enter(); // a run begins
      release(ScalingModel.by(3));
      await(() -> following.swaps() == 1);
      assertArrayEquals(new float[] {3, 6}, run(loaded));
      try (Outputs outputs = first.plan(null).run(ONE_TWO, null)) {
        assertArrayEquals(new float[] {2, 4}, outputs.value("y", float[].class));
      }
      first.leave();
      told.expect("swapped 1 2");
      assertTrue(isFreed(first));
    }
  }

  @Test
  void aModelMayBeClosedWhileTheOldVersionDrains() throws InterruptedException {
    release(ScalingModel.by(2));
    SwappableModel loaded = load(model + "@prod");
    Follower following = (Follower) follow(loaded, FollowOptions.builder());
    Generation first = loaded.enter();
    release(ScalingModel.by(3));
    await(() -> following.swaps() == 1);
    Generation second = loaded.current();
    loaded.close();
    assertTrue(isFreed(second));
    first.leave();
    assertTrue(following.awaitEnd(Duration.ofSeconds(60)));
    assertTrue(isFreed(first));
  }

  @Test
  void aModelMayBeClosedAtAnyMomentOfASwap() throws InterruptedException {
    release(ScalingModel.by(2));
    push(ScalingModel.by(3));
    for (int round = 0; round < 10; round++) {
      SwappableModel loaded = load(model + "@prod");
      Follower following = (Follower) loaded.follow();
      moveProd(1 + (round + 1) % 2);
      loaded.close();
      assertTrue(following.awaitEnd(Duration.ofSeconds(60)));
      assertThrows(TfregException.class, loaded::current);
    }
  }

  @Test
  void afterTheFollowingIsClosedNoVersionTakesOver() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      Follower following = (Follower) follow(loaded, FollowOptions.builder());
      following.close();
      assertTrue(following.awaitEnd(Duration.ofSeconds(60)));
      assertFalse(following.connected());
      release(ScalingModel.by(3));
      assertArrayEquals(new float[] {2, 4}, run(loaded));
      follow(loaded, FollowOptions.builder());
      told.expect("swapped 1 2");
    }
  }

  @Test
  void aModelIsFollowedByOneAtATime() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder());
      assertEquals("FOLLOWED_ALREADY", assertThrows(TfregException.class, loaded::follow).reason());
    }
  }

  @Test
  void aClosedModelIsNotFollowed() {
    release(ScalingModel.by(2));
    SwappableModel loaded = load(model + "@prod");
    loaded.close();
    assertEquals("MODEL_CLOSED", assertThrows(TfregException.class, loaded::follow).reason());
  }

  @Test
  void aListenerThatThrowsDoesNotEndTheFollowing() throws InterruptedException {
    release(ScalingModel.by(2));
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch swappedTwice = new CountDownLatch(2);
    CountDownLatch connected = new CountDownLatch(1);
    FollowListener throwing =
        new FollowListener() {
          @Override
          public void connected() {
            connected.countDown();
            throw new IllegalStateException("of the listener " + calls.incrementAndGet());
          }

          @Override
          public void swapped(LoadedModel before, LoadedModel after) {
            swappedTwice.countDown();
            throw new AssertionError("of the listener " + calls.incrementAndGet());
          }
        };
    try (SwappableModel loaded = load(model + "@prod")) {
      Following following = loaded.follow(FollowOptions.builder().listener(throwing).build());
      waitFor(connected);
      release(ScalingModel.by(3));
      await(() -> following.swaps() == 1);
      release(ScalingModel.by(4));
      waitFor(swappedTwice);
      assertArrayEquals(new float[] {4, 8}, run(loaded));
    }
  }

  @Test
  void aMoveThatTheModelCouldNotHearBecauseTheRegistryWasDownIsFoundLater()
      throws InterruptedException {
    release(ScalingModel.by(2));
    push(ScalingModel.by(3));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder());
      registry.kill();
      told.expect("disconnected");
      assertArrayEquals(new float[] {2, 4}, run(loaded));
      registry.start();
      told.expect("connected");
      moveProd(2);
      told.expect("swapped 1 2");
      assertArrayEquals(new float[] {3, 6}, run(loaded));
    }
  }

  @Test
  void aRunThatDoesNotEndHoldsUpNothingButTheFreeingOfItsVersion() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder().drain(Duration.ZERO));
      Generation first = loaded.enter(); // and does not end
      release(ScalingModel.by(3));
      told.expect("swapped 1 2");
      release(ScalingModel.by(4));
      told.expect("swapped 2 3");
      assertFalse(first.isFreed());
      first.leave();
      await(first::isFreed);
    }
  }

  @Test
  void aVersionOrADigestIsNotFollowed() {
    release(ScalingModel.by(2));
    String digest = registry.client().getVersion(model).artifactDigest();
    for (String fixed : List.of(model + ":1", model + "@" + digest)) {
      try (SwappableModel loaded = load(fixed)) {
        TfregException failure = assertThrows(TfregException.class, loaded::follow);
        assertEquals("NEVER_MOVES", failure.reason());
        assertTrue(failure.getMessage().contains(model + "@prod"), failure.getMessage());
      }
    }
  }

  @Test
  void aVersionThatIsDeletedWhileItServesServesOn() throws InterruptedException {
    push(ScalingModel.by(2));
    push(ScalingModel.by(3));
    try (SwappableModel loaded = load(model)) {
      follow(loaded, FollowOptions.builder());
      registry.client().deleteVersion(model, 2);
      told.expect("swapped 2 1");
      assertArrayEquals(new float[] {2, 4}, run(loaded));
      registry.client().deleteVersion(model, 1);
      told.expect("refused 0 VERSION_NOT_FOUND");
      assertArrayEquals(new float[] {2, 4}, run(loaded));
    }
  }

  @Test
  void theModelsOwnWarmUpRequestsAreRunWhereThereAreNoExamples() throws InterruptedException {
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder());
      Path fails = ScalingModel.by(3).thatFails().write(folder.resolve("fails"));
      WarmUpFile.write(fails, "serving_default", new float[] {1});
      registry.client().push(PushOptions.builder(fails, model).aliases("prod").build());
      told.expect("refused 2 SELF_TEST_FAILED");
      Path runs = ScalingModel.by(4).write(folder.resolve("runs"));
      WarmUpFile.write(runs, "serving_default", new float[] {1});
      registry.client().push(PushOptions.builder(runs, model).aliases("prod").build());
      told.expect("swapped 1 3");
    }
  }

  @Test
  void samplesThatWerePushedWithAVersionAreRunWhereThereIsNothingElse() throws Exception {
    Path samples = Files.write(folder.resolve("x.npy"), ExampleInputsTest.oneTwo());
    release(ScalingModel.by(2));
    try (SwappableModel loaded = load(model + "@prod")) {
      follow(loaded, FollowOptions.builder());
      releaseWith(samples, ScalingModel.by(3).thatFails());
      told.expect("refused 2 SELF_TEST_FAILED");
      releaseWith(samples, ScalingModel.by(4));
      told.expect("swapped 1 3");
    }
  }

  private void releaseWith(Path samples, ScalingModel version) {
    Path path = version.write(folder.resolve("model"));
    registry
        .client()
        .push(
            PushOptions.builder(path, model)
                .aliases("prod")
                .attachment("samples", samples)
                .build());
  }
}
