package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.v1.Binding;
import dev.tfreg.v1.Model;
import dev.tfreg.v1.ResolveResponse;
import dev.tfreg.v1.Version;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class AsyncTest {
  @TempDir Path cache;
  private FakeRegistry registry;
  private TfregClient client;
  private AsyncTfregClient async;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    client = registry.client(cache);
    async = client.async();
    for (long number = 5; number > 0; number--) {
      registry.models.add(Model.newBuilder().setName("m" + number).putAliases("prod", 2).build());
      registry.versions.add(Version.newBuilder().setModel("m").setNumber(number).build());
    }
    registry.resolve =
        ResolveResponse.newBuilder()
            .setBinding(Binding.newBuilder().setModel("m").setVersion(5).setRevision("r1"))
            .build();
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  @Test
  void theAnswersAreThoseOfTheBlockingCalls() {
    assertEquals(client.resolve("m@prod"), async.resolve("m@prod").join());
    assertEquals(client.getVersion("m"), async.getVersion("m").join());
    assertEquals(client.aliases("m"), async.aliases("m").join());
    assertEquals(client.listModels(), async.listModels().join());
    assertEquals(client.listVersions("m"), async.listVersions("m").join());
  }

  /** A conversion takes longer than a question. */
  @Test
  void whoAllowsAConversionWaitsForIt() {
    List<Boolean> waitsLong = new CopyOnWriteArrayList<>();
    registry.resolver =
        (request, out) -> {
          Deadline deadline = Context.current().getDeadline();
          waitsLong.add(deadline.timeRemaining(TimeUnit.MINUTES) > 30);
          out.onNext(registry.resolve);
          out.onCompleted();
        };
    for (boolean convert : List.of(false, true)) {
      ResolveOptions options = ResolveOptions.builder("m").convert(convert).build();
      client.resolve(options);
      async.resolve(options).join();
    }
    assertEquals(List.of(false, false, true, true), waitsLong);
  }

  @Test
  void listsAreReadPageByPage() {
    assertEquals(
        List.of(5L, 4L, 3L, 2L, 1L),
        async.listVersions("m").join().stream()
            .map(VersionInfo::number)
            .collect(Collectors.toList()));
    assertEquals(3, registry.calls.get());
  }

  @Test
  void aRevisionThatStillHoldsIsNoNewBinding() {
    registry.resolve = ResolveResponse.newBuilder().setUnchanged(true).build();
    ResolveOptions options = ResolveOptions.builder("m").build();
    assertEquals(Optional.empty(), async.resolveIfChanged(options, "r1").join());
  }

  @Test
  void anUnavailableServerIsAskedAgain() {
    registry.failures.add(Status.UNAVAILABLE.asRuntimeException());
    registry.failures.add(Status.UNAVAILABLE.asRuntimeException());
    assertEquals(5, async.getVersion("m").join().number());
    assertEquals(3, registry.calls.get());
  }

  @Test
  void aFutureFailsWithTheExceptionItself() {
    for (int times = 0; times < 2; times++) {
      registry.failures.add(
          FakeRegistry.error(Status.Code.NOT_FOUND, "MODEL_NOT_FOUND", "No 'm'.", Map.of()));
    }
    CompletableFuture<Throwable> handled =
        async.listVersions("m").handle((versions, failure) -> failure);
    assertEquals("MODEL_NOT_FOUND", ((TfregException) handled.join()).reason());
    CompletionException failure =
        assertThrows(CompletionException.class, () -> async.resolve("m").join());
    assertEquals("MODEL_NOT_FOUND", ((TfregException) failure.getCause()).reason());
  }

  @Test
  void cancellingAFutureCancelsTheCall() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    registry.resolver =
        (request, out) -> {
          ((ServerCallStreamObserver<ResolveResponse>) out)
              .setOnCancelHandler(cancelled::countDown);
          asked.countDown();
        };
    CompletableFuture<dev.tfreg.client.Binding> answer = async.resolve("m");
    asked.await();
    assertTrue(answer.cancel(true));
    cancelled.await();
  }

  @Test
  void aPullRunsInAThreadOfItsOwn() {
    FakeArtifact artifact = new FakeArtifact("saved_model").file("a.txt", new byte[] {1, 2});
    registry.serve(artifact);
    Pulled pulled = async.pull("demo/m").join();
    assertEquals(client.pull("demo/m"), pulled);
  }

  @Test
  void afterTheEndNothingWaitsForever() {
    client.close();
    for (CompletableFuture<?> answer : List.of(async.resolve("m"), async.pull("m"))) {
      assertTrue(
          assertThrows(CompletionException.class, answer::join).getCause()
              instanceof TfregException);
    }
  }

  @Test
  void aRuntimesListOfOpsIsSentOnlyToWhoLacksIt() {
    byte[] ops = {1, 2, 3};
    RuntimeProfile profile = RuntimeProfile.of("java", "2.18.0", List.of("saved_model"), ops);
    String runtime = client.registerRuntime(profile, ops);
    assertEquals(2, registry.calls.get());
    assertEquals(runtime, async.registerRuntime(profile, ops).join());
    assertEquals(3, registry.calls.get());
    assertEquals("2.18.0", registry.runtimes.get(runtime).getTensorflowVersion());
    assertEquals(List.of("saved_model"), registry.runtimes.get(runtime).getFormatsList());
  }

  @Test
  void aListOfOpsThatIsNotTheProfilesIsRefused() {
    RuntimeProfile profile = RuntimeProfile.of("java", "2.18.0", List.of(), new byte[] {1});
    TfregException failure =
        assertThrows(TfregException.class, () -> client.registerRuntime(profile, new byte[] {2}));
    assertEquals("RUNTIME_INVALID", failure.reason());
  }

  @Test
  void aRuntimeThatTheRegistryForgotIsRegisteredAgain() {
    byte[] ops = {1, 2, 3};
    RuntimeProfile profile = RuntimeProfile.of("java", "2.18.0", List.of("saved_model"), ops);
    String runtime = client.registerRuntime(profile, ops);
    ResolveOptions options = ResolveOptions.builder("m").runtime(runtime).convert(true).build();
    registry.runtimes.clear();
    registry.opLists.clear();
    assertEquals(5, client.resolve(options).version());
    assertEquals(runtime, registry.resolveRequest.getRuntime());
    assertTrue(registry.resolveRequest.getConvert());
    registry.runtimes.clear();
    assertEquals(5, async.resolve(options).join().version());
    registry.runtimes.clear();
    DiagnoseOptions question = DiagnoseOptions.builder("m", runtime).tags("serve").build();
    assertFalse(client.diagnose(question).fits());
    registry.runtimes.clear();
    assertEquals(client.diagnose(question), async.diagnose(question).join());
    assertEquals(List.of("serve"), registry.diagnoseRequest.getTagsList());
  }

  @Test
  void aRuntimeThatThisClientNeverRegisteredIsToldSo() {
    ResolveOptions options = ResolveOptions.builder("m").runtime("sha256:00").build();
    assertEquals(
        "RUNTIME_NOT_FOUND",
        assertThrows(TfregException.class, () -> client.resolve(options)).reason());
    assertSame(
        TfregException.class,
        assertThrows(CompletionException.class, () -> async.resolve(options).join())
            .getCause()
            .getClass());
  }

  @Test
  void theDigestOfARuntimeIsThatOfItsLines() {
    RuntimeProfile profile = RuntimeProfile.of("java", "2.18.0", List.of("a", "b"), new byte[0]);
    assertEquals(
        Digests.of("tfreg runtime 1\njava\n2.18.0\na,b\n\n".getBytes(StandardCharsets.UTF_8)),
        profile.digest());
  }
}
