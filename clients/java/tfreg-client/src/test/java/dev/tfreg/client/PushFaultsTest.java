package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes over connections that break, to servers that fail, of files that change. */
class PushFaultsTest {
  private static final int SIZE_BYTES = 1030;

  @TempDir Path folder;
  private FakeStore store;
  private TfregClient client;
  private Path file;
  private byte[] content;

  @BeforeEach
  void start() throws IOException {
    store = new FakeStore();
    client = store.client(folder.resolve("cache"));
    content = new byte[SIZE_BYTES];
    new Random(1).nextBytes(content);
    file = Files.write(folder.resolve("graph.pb"), content);
  }

  @AfterEach
  void stop() {
    client.close();
    store.close();
  }

  @Test
  void aFileIsCutIntoBlobsThatMakeItUp() {
    Pushed pushed = client.push(options().build());
    assertEquals(11, store.blobs.size());
    assertEquals(SIZE_BYTES, pushed.sentBytes());
    assertEquals(11, pushed.sentBlobs());
    var commit = store.commits.get(0);
    assertEquals("lease", commit.getLeaseId());
    assertEquals(Digests.of(content), commit.getManifest().getFiles(0).getDigest());
    byte[] whole = new byte[SIZE_BYTES];
    int at = 0;
    for (var extent : commit.getLayouts(0).getExtentsList()) {
      byte[] blob = store.blobs.get(extent.getBlob().getDigest());
      System.arraycopy(blob, 0, whole, at, blob.length);
      at += blob.length;
    }
    assertArrayEquals(content, whole);
  }

  @Test
  void aBrokenStreamIsResumedWithWhatDidNotArrive() {
    store.breaks.add(2);
    store.breaks.add(1);
    Pushed pushed = client.push(options().build());
    assertEquals(11, store.blobs.size());
    assertEquals(11, pushed.sentBlobs());
    assertEquals(1, store.commits.size());
    assertTrue(store.bytesReceived.get() < 2 * SIZE_BYTES);
  }

  @Test
  void whatTheServerHasIsNotSentAgain() {
    client.push(options().build());
    Pushed second = client.push(options().build());
    assertEquals(0, second.sentBytes());
    assertEquals(SIZE_BYTES, store.bytesReceived.get());
  }

  @Test
  void aServerThatRefusesTheBytesIsHeard() {
    store.refusals.add(
        FakeRegistry.error(
            Status.Code.RESOURCE_EXHAUSTED, "STORAGE_FULL", "No room.", Map.of("hint", "Wait.")));
    assertRefused("STORAGE_FULL");
    assertEquals(0, store.commits.size());
  }

  @Test
  void bytesThatWereSpoiltOnTheWayAreNotTheFilesFault() {
    store.refusals.add(mismatch());
    assertRefused("DIGEST_MISMATCH");
  }

  @Test
  void aFileThatChangedWhileItWasPushedIsNamed() throws IOException {
    Piece piece = Piece.of(new SourceFile(file, "graph.pb", ""), Digests.of(content), 0, 100);
    assertFalse(SourceHasher.stillHolds(piece));
    SourceFile source = new SourceFile(file, "graph.pb", "");
    Files.write(file, new byte[SIZE_BYTES + 1]);
    TfregException failure = assertThrows(TfregException.class, source::checkUnchanged);
    assertEquals("SOURCE_CHANGED", failure.reason());
  }

  @Test
  void aLeaseThatExpiredIsTakenAnew() {
    store.failures.add(
        FakeRegistry.error(Status.Code.NOT_FOUND, "LEASE_NOT_FOUND", "expired", Map.of()));
    assertTrue(client.push(options().build()).created());
  }

  @Test
  void aCommitWhoseAnswerWasLostIsLookedUpAndNotRepeated() {
    store.lostAnswers.add(Status.UNAVAILABLE.asRuntimeException());
    Pushed pushed = client.push(options().aliases("prod").build());
    assertEquals(1, store.commits.size());
    assertEquals(1, pushed.version().number());
    assertTrue(pushed.created());
  }

  @Test
  void aCommitThatMovesNothingMayBeRepeated() {
    store.lostAnswers.add(Status.UNAVAILABLE.asRuntimeException());
    client.push(options().build());
    assertEquals(2, store.commits.size());
  }

  @Test
  void anInterruptedPushEndsAndSaysThatItGoesOn() throws Exception {
    store.silent = true;
    ExecutorService threads = Executors.newSingleThreadExecutor();
    Future<Pushed> pushing =
        threads.submit(
            () -> {
              try {
                return client.push(options().build());
              } finally {
                assertTrue(Thread.interrupted());
              }
            });
    assertTrue(store.writing.await(60, TimeUnit.SECONDS));
    threads.shutdownNow();
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> pushing.get(60, TimeUnit.SECONDS));
    assertEquals("CANCELLED", ((TfregException) failure.getCause()).reason());
  }

  @Test
  void aVersionOfTooManyFilesIsRefusedBeforeAnythingIsSent() throws IOException {
    Path many = Files.createDirectory(folder.resolve("many"));
    for (int count = 0; count < 500; count++) {
      Files.write(many.resolve("asset-" + count), new byte[] {1});
    }
    TfregException failure =
        assertThrows(
            TfregException.class, () -> client.push(PushOptions.builder(many, "m").build()));
    assertEquals("LIMIT_EXCEEDED", failure.reason());
    assertEquals("max_commit_bytes", failure.metadata().get("limit"));
    assertEquals(0, store.bytesReceived.get());
  }

  @Test
  void aFullDiskOfThisMachineIsNamed() {
    TfregException failure = LocalFailure.of(new IOException("No space left on device"));
    assertEquals("STORAGE_FULL", failure.reason());
    assertEquals(TfregException.Kind.RESOURCE_EXHAUSTED, failure.kind());
  }

  private static RuntimeException mismatch() {
    return FakeRegistry.error(
        Status.Code.INVALID_ARGUMENT, "DIGEST_MISMATCH", "other bytes", Map.of());
  }

  private void assertRefused(String reason) {
    TfregException failure =
        assertThrows(TfregException.class, () -> client.push(options().build()));
    assertEquals(reason, failure.reason(), failure.getMessage());
  }

  private PushOptions.Builder options() {
    return PushOptions.builder(file, "m");
  }
}
