package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.v1.ResolveResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class OfflineTest {
  @TempDir Path cache;
  private FakeRegistry registry;
  private TfregClient client;
  private TfregClient offline;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    client = registry.client(cache);
    offline = offline("localhost:1");
    registry.resolve = binding("r1");
    registry.serve(new FakeArtifact("saved_model").file("graph.pb", new byte[1000]));
  }

  @AfterEach
  void stop() {
    client.close();
    offline.close();
    registry.close();
  }

  @Test
  void whatWasResolvedIsResolvedAgain() {
    Binding binding = client.resolve("demo/digits@prod");
    assertEquals(binding, offline.resolve("demo/digits@prod"));
    assertEquals(binding, offline.async().resolve("demo/digits@prod").join());
    assertEquals(1, registry.calls.get());
  }

  @Test
  void theNewestAnswerIsKept() {
    client.resolve("demo/digits@prod");
    registry.resolve = binding("r2");
    client.resolve("demo/digits@prod");
    assertEquals("r2", offline.resolve("demo/digits@prod").revision());
  }

  @Test
  void theRevisionThatTheCallerHasIsNoNewBinding() {
    ResolveOptions options = ResolveOptions.builder("demo/digits").build();
    client.resolve(options);
    registry.resolve = ResolveResponse.newBuilder().setUnchanged(true).build();
    client.resolveIfChanged(options, "r1");
    assertEquals(Optional.empty(), offline.resolveIfChanged(options, "r1"));
    assertEquals("r1", offline.resolveIfChanged(options, "r0").orElseThrow().revision());
  }

  @Test
  void whatWasPulledIsPulledAgainByNameAndByDigest() {
    Pulled pulled = client.pull("demo/digits@prod");
    assertEquals(pulled, offline.pull("demo/digits@prod"));
    assertEquals(pulled, offline.pull("demo/digits@" + pulled.artifactDigest()));
  }

  @Test
  void otherQuestionsAreErrorsThatSaySo() {
    client.resolve("demo/digits@prod");
    List<ResolveOptions> others =
        List.of(
            ResolveOptions.builder("demo/digits@canary").build(),
            ResolveOptions.builder("demo/digits@prod").signature("score").build(),
            ResolveOptions.builder("demo/digits@prod").tags("serve").build(),
            ResolveOptions.builder("demo/digits@prod").formats("serve").build(),
            ResolveOptions.builder("demo/digits@prod").outputs("serve").build());
    for (ResolveOptions other : others) {
      assertOffline(assertThrows(TfregException.class, () -> offline.resolve(other)));
    }
    TfregException failure = assertThrows(TfregException.class, () -> offline.pull("demo/digits"));
    assertOffline(failure);
    assertTrue(failure.getMessage().contains("the artifact of 'demo/digits'"));
    assertOffline(assertThrows(TfregException.class, () -> offline.listModels()));
    CompletionException later =
        assertThrows(CompletionException.class, () -> offline.async().listModels().join());
    assertOffline((TfregException) later.getCause());
  }

  @Test
  void aWatchSaysThatItIsOffline() {
    try (EventStream events = offline.watch(WatchOptions.ofModels("demo/digits"))) {
      assertOffline(assertThrows(TfregException.class, events::hasNext));
    }
  }

  @Test
  void watchedBindingsAreThoseOfTheCacheAndStale() {
    Binding binding = client.resolve("demo/digits@prod");
    assertEquals(binding, offline.watched().resolve("demo/digits@prod"));
    assertTrue(offline.watched().stale());
  }

  @Test
  void anotherRegistrysAnswersAreNotThisOnes() {
    client.resolve("demo/digits@prod");
    try (TfregClient other = offline("localhost:2")) {
      assertOffline(assertThrows(TfregException.class, () -> other.resolve("demo/digits@prod")));
    }
  }

  @Test
  void anAnswerThatIsDamagedIsNone() throws Exception {
    client.resolve("demo/digits@prod");
    for (Path answer : answers()) {
      Files.write(answer, new byte[] {(byte) 0xff, 1, 2});
    }
    assertOffline(assertThrows(TfregException.class, () -> offline.resolve("demo/digits@prod")));
  }

  @Test
  void aCacheThatCannotBeWrittenFailsNothing() throws Exception {
    Files.write(cache.resolve("v1"), new byte[0]);
    assertEquals("r1", client.resolve("demo/digits@prod").revision());
  }

  private TfregClient offline(String address) {
    return TfregClient.builder(address).cacheDir(cache).offline(true).build();
  }

  private static void assertOffline(TfregException failure) {
    assertEquals("OFFLINE", failure.reason(), failure.getMessage());
    assertTrue(failure.getMessage().endsWith(failure.metadata().get("hint")));
  }

  private List<Path> answers() throws Exception {
    try (Stream<Path> files = Files.list(cache.resolve("v1").resolve("answers"))) {
      return files.collect(Collectors.toList());
    }
  }

  private static ResolveResponse binding(String revision) {
    return ResolveResponse.newBuilder()
        .setBinding(
            dev.tfreg.v1.Binding.newBuilder()
                .setModel("demo/digits")
                .setVersion(7)
                .setRevision(revision))
        .build();
  }
}
