package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.tfreg.v1.Attachment;
import dev.tfreg.v1.Model;
import dev.tfreg.v1.ResolveResponse;
import dev.tfreg.v1.Version;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallsTest {
  @TempDir Path cache;
  private FakeRegistry registry;
  private TfregClient client;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    client = registry.client(cache);
    for (long number = 5; number > 0; number--) {
      registry.models.add(Model.newBuilder().setName("m" + number).putAliases("prod", 2).build());
      registry.versions.add(
          Version.newBuilder()
              .setModel("m")
              .setNumber(number)
              .addAttachments(Attachment.newBuilder().setRole("labels"))
              .build());
    }
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  @Test
  void listsAreReadPageByPage() {
    assertEquals(
        List.of("m5", "m4", "m3", "m2", "m1"),
        client.listModels("m").stream().map(ModelInfo::name).collect(Collectors.toList()));
    assertEquals(
        List.of(5L, 4L, 3L, 2L, 1L),
        client.listVersions("m").stream().map(VersionInfo::number).collect(Collectors.toList()));
    assertEquals(6, registry.calls.get());
  }

  @Test
  void withoutAPrefixAllModelsAreListed() {
    assertEquals(client.listModels(""), client.listModels());
    assertEquals(5, client.listModels().size());
  }

  @Test
  void aliasesAreLookedUp() {
    assertEquals(Map.of("prod", 2L), client.aliases("m"));
    assertEquals("labels", client.getVersion("m@prod").attachments().get(0).role());
  }

  @Test
  void theServersErrorComesWithReasonMetadataAndMessage() {
    registry.failures.add(
        FakeRegistry.error(
            Status.Code.NOT_FOUND,
            "ALIAS_NOT_FOUND",
            "'m' has no alias 'prdo'.",
            Map.of("nearest", "prod", "hint", "Did you mean 'prod'?")));
    TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m@prdo"));
    assertEquals("ALIAS_NOT_FOUND", failure.reason());
    assertEquals(TfregException.Kind.NOT_FOUND, failure.kind());
    assertEquals("prod", failure.metadata().get("nearest"));
    assertEquals("'m' has no alias 'prdo'. Did you mean 'prod'?", failure.getMessage());
    assertEquals(1, registry.calls.get());
  }

  @Test
  void anUnavailableServerIsAskedAgain() {
    registry.failures.add(Status.UNAVAILABLE.asRuntimeException());
    registry.failures.add(Status.UNAVAILABLE.asRuntimeException());
    assertEquals(5, client.getVersion("m").number());
    assertEquals(3, registry.calls.get());
  }

  @Test
  void aCallThatAStoppingServerCancelsIsMadeAgain() {
    registry.failures.add(Status.CANCELLED.asRuntimeException());
    registry.failures.add(Status.CANCELLED.asRuntimeException());
    assertEquals(5, client.getVersion("m").number());
    registry.failures.add(Status.CANCELLED.asRuntimeException());
    assertEquals(5, client.async().getVersion("m").join().number());
  }

  @Test
  void aServerThatStaysAwayIsGivenUpWithItsAddress() {
    for (int times = 0; times < 4; times++) {
      registry.failures.add(Status.UNAVAILABLE.asRuntimeException());
    }
    TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
    assertEquals("SERVER_UNAVAILABLE", failure.reason());
    assertTrue(failure.getMessage().contains("localhost:1"), failure.getMessage());
    assertTrue(failure.getMessage().contains("tfreg serve"), failure.getMessage());
    assertEquals(4, registry.calls.get());
  }

  @Test
  void aLateAnswerIsNotAskedForAgain() {
    registry.failures.add(Status.DEADLINE_EXCEEDED.asRuntimeException());
    TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
    assertEquals("DEADLINE_EXCEEDED", failure.reason());
    assertEquals(1, registry.calls.get());
  }

  @Test
  void anotherKindOfServerIsToldSo() {
    registry.failures.add(Status.UNIMPLEMENTED.asRuntimeException());
    TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
    assertEquals(TfregException.Kind.INTERNAL, failure.kind());
    assertTrue(failure.getMessage().contains("is a tfreg registry"), failure.getMessage());
  }

  @Test
  void aLimitOfTheTransportIsALimit() {
    registry.failures.add(
        Status.RESOURCE_EXHAUSTED.withDescription("message too large").asRuntimeException());
    TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
    assertEquals(TfregException.Kind.RESOURCE_EXHAUSTED, failure.kind());
    assertEquals("LIMIT_EXCEEDED", failure.reason());
    assertTrue(failure.getMessage().contains("message too large"), failure.getMessage());
  }

  @Test
  void aServerThatSaysUnchangedWithoutBeingAskedIsToldSo() {
    registry.resolve = ResolveResponse.newBuilder().setUnchanged(true).build();
    TfregException failure = assertThrows(TfregException.class, () -> client.resolve("m"));
    assertEquals(TfregException.Kind.INTERNAL, failure.kind());
    assertTrue(failure.getMessage().contains("no revision was named"), failure.getMessage());
  }

  @Test
  void aTimeBeyondAllCalendarsIsTheLastOne() {
    registry.versions.clear();
    Timestamp.Builder late = Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).setNanos(-1);
    Timestamp.Builder early = Timestamp.newBuilder().setSeconds(Long.MIN_VALUE).setNanos(-1);
    registry.versions.add(
        Version.newBuilder().setNumber(1).setCreatedAt(late).setDeletedAt(early).build());
    VersionInfo version = client.getVersion("m");
    assertEquals(Instant.MAX, version.createdAt());
    assertEquals(Instant.MIN, version.deletedAt().orElseThrow());
  }

  @Test
  void anInterruptedCallIsCancelledAndTheThreadStaysInterrupted() {
    registry.silent = true;
    Thread.currentThread().interrupt();
    TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
    assertTrue(Thread.interrupted());
    assertEquals("CANCELLED", failure.reason());
  }

  @Test
  void aPortThatNobodyListensOnIsAnUnavailableServer() {
    try (TfregClient lost = TfregClient.builder("127.0.0.1:1").maxAttempts(1).build()) {
      TfregException failure = assertThrows(TfregException.class, () -> lost.getVersion("m"));
      assertEquals("SERVER_UNAVAILABLE", failure.reason());
      assertTrue(failure.getMessage().contains("Connection refused"), failure.getMessage());
    }
  }

  @Test
  void anAddressHasAHostAndAPortOrIsASocket() {
    assertEquals("dns:///localhost:7433", Address.target("localhost:7433"));
    assertEquals("dns:///[::1]:7433", Address.target("[::1]:7433"));
    assertEquals("unix:/run/tfreg.sock", Address.target("unix:/run/tfreg.sock"));
    for (String wrong : List.of("", "localhost", "http://localhost:7433", "localhost:", ":1")) {
      assertEquals(
          "REQUEST_INVALID",
          assertThrows(TfregException.class, () -> Address.target(wrong)).reason());
    }
  }
}
