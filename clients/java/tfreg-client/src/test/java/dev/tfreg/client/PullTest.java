package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.v1.Artifact;
import dev.tfreg.v1.Attachment;
import dev.tfreg.v1.FileLayout;
import dev.tfreg.v1.GetArtifactResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullTest {
  private static final String MODEL = "demo/digits@prod";

  @TempDir Path folder;
  private final FakeArtifact savedModel =
      new FakeArtifact("saved_model")
          .file("saved_model.pb", bytes(1, 250))
          .file("variables/variables.data-00000-of-00001", bytes(2, 1000))
          .file("variables/variables.index", bytes(3, 30))
          .file("assets/\ud83d\ude00.txt", bytes(4, 100))
          .file("assets/\uff21.txt", new byte[0]);
  private FakeRegistry registry;
  private TfregClient client;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    client = registry.client(cache());
    registry.serve(savedModel);
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  @Test
  void aPulledModelIsTheFilesOfItsManifest() throws IOException {
    Pulled pulled = client.pull(MODEL);
    assertHolds(pulled.path(), savedModel);
    assertEquals("saved_model", pulled.format());
    assertEquals(7, pulled.version());
    assertEquals(artifactFolder().resolve("tree"), pulled.path());
    assertEquals(List.of("layout.json", "tree"), names(artifactFolder()));
    assertEquals(List.of(), names(cache().resolve("v1/incoming")));
  }

  @Test
  void cachedFilesCannotBeChangedByAccident() throws IOException {
    Path file = client.pull(MODEL).path().resolve("saved_model.pb");
    assertEquals("r--r--r--", permissions(file));
  }

  @Test
  void aSecondPullMovesNoBytes() {
    client.pull(MODEL);
    long before = registry.bytesRead.get();
    client.pull(MODEL);
    assertEquals(before, registry.bytesRead.get());
  }

  @Test
  void theBytesOfASliceTravelOnceHoweverOftenTheyOccur() throws IOException {
    FakeArtifact twice =
        new FakeArtifact("frozen_graph").file("a", bytes(9, 100)).file("b", bytes(9, 100));
    registry.serve(twice);
    assertHolds(client.pull(MODEL).path(), twice);
    assertEquals(100, registry.bytesRead.get());
  }

  @Test
  void aNewVersionFetchesOnlyWhatTheDiskLacks() throws IOException {
    client.pull(MODEL);
    long before = registry.bytesRead.get();
    byte[] changed = bytes(2, 1000);
    changed[950] ^= 1;
    FakeArtifact next =
        new FakeArtifact("saved_model")
            .file("saved_model.pb", bytes(1, 250))
            .file("variables/variables.data-00000-of-00001", changed);
    registry.serve(next);
    assertHolds(client.pull(MODEL).path(), next);
    assertEquals(FakeArtifact.BLOB_BYTES, registry.bytesRead.get() - before);
  }

  @Test
  void aStreamThatBreaksGoesOnWhereItStopped() throws IOException {
    registry.breaks.addAll(List.of(150, 1, 333));
    assertHolds(client.pull(MODEL).path(), savedModel);
    assertEquals(1300, registry.bytesRead.get());
  }

  @Test
  void anInterruptedPullIsInvisibleAndGoesOnLater() throws IOException {
    breakOff(450);
    assertFalse(Files.exists(artifactFolder()));
    assertTrue(Files.exists(incoming().resolve("journal")));
    long before = registry.bytesRead.get();
    assertHolds(client.pull(MODEL).path(), savedModel);
    assertEquals(1300 - 400, registry.bytesRead.get() - before);
  }

  @Test
  void aJournalThatWasTornIsReadAsFarAsItGoes() throws IOException {
    breakOff(450);
    Path journal = incoming().resolve("journal");
    String lines = Files.readString(journal);
    Files.writeString(journal, "x y\n9 9\n99999999999 0\n" + lines + "0");
    long before = registry.bytesRead.get();
    assertHolds(client.pull(MODEL).path(), savedModel);
    assertEquals(1300 - 400, registry.bytesRead.get() - before);
  }

  @Test
  void aJournalOfAnotherLayoutIsNotBelieved() throws IOException {
    breakOff(450);
    Path layout = incoming().resolve("layout.json");
    Files.writeString(
        layout, Files.readString(layout).replace("\"length_bytes\":100", "\"length_bytes\":50"));
    long before = registry.bytesRead.get();
    assertHolds(client.pull(MODEL).path(), savedModel);
    assertEquals(1300, registry.bytesRead.get() - before);
  }

  @Test
  void bytesThatALiarOfAJournalPromisedAreFetched() throws IOException {
    breakOff(1);
    StringBuilder lies = new StringBuilder();
    for (int extent = 0; extent < 10; extent++) {
      lies.append("3 ").append(extent).append('\n');
    }
    Files.writeString(incoming().resolve("journal"), lies);
    assertHolds(client.pull(MODEL).path(), savedModel);
  }

  @Test
  void damagedBytesAreFetchedOnceMore() throws IOException {
    registry.damaged.add(savedModel.blobs.keySet().iterator().next());
    assertHolds(client.pull(MODEL).path(), savedModel);
  }

  @Test
  void bytesThatStayDamagedAreDataLossAndNothingAppears() {
    String blob = savedModel.blobs.keySet().iterator().next();
    registry.damaged.addAll(List.of(blob, blob));
    TfregException failure = assertThrows(TfregException.class, () -> client.pull(MODEL));
    assertEquals("FILE_DAMAGED", failure.reason());
    assertEquals(TfregException.Kind.DATA_LOSS, failure.kind());
    assertFalse(Files.exists(artifactFolder()));
  }

  @Test
  void aDamagedCacheIsNotCopiedFurther() throws IOException {
    client.pull(MODEL);
    Path data = artifactFolder().resolve("tree/variables/variables.data-00000-of-00001");
    assertTrue(data.toFile().setWritable(true));
    Files.write(data, new byte[1000]);
    FakeArtifact next = new FakeArtifact("saved_model").file("saved_model.pb", bytes(2, 1000));
    registry.serve(next);
    assertHolds(client.pull(MODEL).path(), next);
  }

  @Test
  void aManifestThatItsDigestDoesNotNameIsRefused() {
    GetArtifactResponse.Builder response = savedModel.response();
    response.getArtifactBuilder().getManifestBuilder().getFilesBuilder(0).setSizeBytes(1);
    refused("DIGEST_MISMATCH", response);
  }

  @Test
  void anotherArtifactThanTheOneNamedIsRefused() {
    TfregException failure =
        assertThrows(
            TfregException.class, () -> client.pull("demo/digits@sha256:" + "0".repeat(64)));
    assertEquals("DIGEST_MISMATCH", failure.reason());
  }

  @Test
  void pathsThatLeaveTheTreeAreRefusedBeforeAnythingIsWritten() {
    for (String path : List.of("../escape", "/tmp/escape", "a/../../escape", "a\u0000b", "")) {
      refused("PATH_INVALID", new FakeArtifact("saved_model").file(path, bytes(1, 100)).response());
    }
    refused(
        "MANIFEST_INVALID",
        new FakeArtifact("saved_model").file("a", bytes(1, 1)).file("A", bytes(1, 1)).response());
    assertFalse(Files.exists(cache()));
  }

  @Test
  void aLayoutThatDoesNotMakeUpTheFileIsRefused() {
    GetArtifactResponse.Builder shorter = savedModel.response();
    shorter.getLayoutsBuilder(0).removeExtents(0);
    refused("LAYOUT_INVALID", shorter);
    GetArtifactResponse.Builder negative = savedModel.response();
    negative.getLayoutsBuilder(0).getExtentsBuilder(0).getBlobBuilder().setLengthBytes(-1);
    refused("LAYOUT_INVALID", negative);
    GetArtifactResponse.Builder nameless = savedModel.response();
    nameless.getLayoutsBuilder(0).getExtentsBuilder(0).getBlobBuilder().setDigest("../x");
    refused("LAYOUT_INVALID", nameless);
    refused("LAYOUT_INVALID", savedModel.response().clearLayouts());
    refused(
        "DIGEST_MISMATCH",
        savedModel
            .response()
            .setArtifact(savedModel.response().getArtifactBuilder().setDigest("sha256:../../x")));
    refused("LAYOUT_INVALID", GetArtifactResponse.newBuilder().setArtifact(Artifact.newBuilder()));
  }

  @Test
  void aLinkInTheWayIsNotFollowed() throws IOException {
    breakOff(1);
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Path variables = incoming().resolve("tree/variables");
    TreeFiles.delete(variables);
    Files.createSymbolicLink(variables, outside);
    assertEquals(
        "PATH_INVALID", assertThrows(TfregException.class, () -> client.pull(MODEL)).reason());
    assertEquals(List.of(), names(outside));
  }

  @Test
  void aDestinationGetsACopyThatTheUserMayChange() throws IOException {
    Path destination = folder.resolve("deep/down/model");
    Pulled pulled = client.pull(to(destination).build());
    assertEquals(destination, pulled.path());
    assertHolds(destination, savedModel);
    assertTrue(permissions(destination.resolve("saved_model.pb")).startsWith("rw"));
    assertEquals(List.of("model"), names(destination.getParent()));
  }

  @Test
  void aDestinationThatHoldsTheArtifactAlreadyIsDone() {
    Path destination = folder.resolve("model");
    client.pull(to(destination).build());
    assertEquals(destination, client.pull(to(destination).build()).path());
  }

  @Test
  void anEmptyFolderMayBeTheDestination() throws IOException {
    Path destination = Files.createDirectory(folder.resolve("model"));
    assertHolds(client.pull(to(destination).build()).path(), savedModel);
  }

  @Test
  void aDestinationThatHoldsAnythingElseIsLeftAlone() throws IOException {
    Path destination = folder.resolve("model");
    client.pull(to(destination).build());
    Files.writeString(destination.resolve("mine.txt"), "mine");
    assertExists(to(destination));
    Files.delete(destination.resolve("mine.txt"));
    Files.write(destination.resolve("saved_model.pb"), new byte[250]);
    assertExists(to(destination));
    assertExists(to(Files.writeString(folder.resolve("file"), "mine")));
  }

  @Test
  void anArtifactOfOneFileIsGivenAsTheFile() throws IOException {
    FakeArtifact frozen = new FakeArtifact("frozen_graph").file("graph.pb", bytes(5, 300));
    registry.serve(frozen);
    assertArrayEquals(bytes(5, 300), Files.readAllBytes(client.pull(MODEL).path()));
    Path file = folder.resolve("new/model.pb");
    assertEquals(file, client.pull(to(file).build()).path());
    assertArrayEquals(bytes(5, 300), Files.readAllBytes(file));
    assertEquals(file, client.pull(to(file).build()).path());
    Path into = folder.resolve("into");
    Pulled pulled = client.pull(PullOptions.builder(MODEL).destinationFolder(into).build());
    assertEquals(into.resolve("graph.pb"), pulled.path());
    Files.writeString(folder.resolve("other"), "mine");
    assertExists(to(folder.resolve("other")));
  }

  @Test
  void attachmentsComeWhenAskedFor() throws IOException {
    byte[] labels = bytes(6, 130);
    serveWithAttachment("labels", "labels.txt", labels);
    assertEquals(List.of(), client.pull(MODEL).attachments());
    Pulled cached = client.pull(PullOptions.builder(MODEL).attachments(true).build());
    assertArrayEquals(labels, Files.readAllBytes(cached.attachments().get(0).path()));
    assertEquals("labels", cached.attachments().get(0).role());
    Path destination = folder.resolve("model");
    Pulled copied = client.pull(to(destination).attachments(true).build());
    assertEquals(
        folder.resolve("model.attachments/labels/labels.txt"), copied.attachments().get(0).path());
    assertArrayEquals(labels, Files.readAllBytes(copied.attachments().get(0).path()));
  }

  @Test
  void anAttachmentCannotLeaveItsFolder() {
    serveWithAttachment("../../labels", "labels.txt", bytes(6, 1));
    PullOptions options = PullOptions.builder(MODEL).attachments(true).build();
    assertEquals(
        "PATH_INVALID", assertThrows(TfregException.class, () -> client.pull(options)).reason());
    serveWithAttachment("labels", "../labels.txt", bytes(6, 1));
    assertEquals(
        "PATH_INVALID", assertThrows(TfregException.class, () -> client.pull(options)).reason());
  }

  @Test
  void pullsOfOneArtifactAtOnceFetchItOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<Pulled>> pulls = new ArrayList<>();
    for (int count = 0; count < 4; count++) {
      pulls.add(threads.submit(() -> client.pull(MODEL)));
    }
    for (Future<Pulled> pull : pulls) {
      assertHolds(pull.get().path(), savedModel);
    }
    threads.shutdown();
    assertEquals(1300, registry.bytesRead.get());
  }

  @Test
  void aCacheThatCannotBeWrittenIsNamed() throws IOException {
    Files.writeString(cache(), "a file");
    TfregException failure = assertThrows(TfregException.class, () -> client.pull(MODEL));
    assertEquals("LOCAL_IO_FAILED", failure.reason());
    assertTrue(failure.getMessage().contains("TFREG_CACHE"), failure.getMessage());
  }

  private void breakOff(int afterBytes) {
    registry.breaks.add(afterBytes);
    try (TfregClient hasty =
        TfregClient.builder("localhost:1")
            .cacheDir(cache())
            .maxAttempts(1)
            .build(registry.channel())) {
      assertThrows(TfregException.class, () -> hasty.pull(MODEL));
    }
  }

  private void refused(String reason, GetArtifactResponse.Builder response) {
    registry.serve(savedModel, response);
    TfregException failure = assertThrows(TfregException.class, () -> client.pull(MODEL));
    assertEquals(reason, failure.reason(), failure.getMessage());
  }

  private void assertExists(PullOptions.Builder options) {
    TfregException failure = assertThrows(TfregException.class, () -> client.pull(options.build()));
    assertEquals("DESTINATION_EXISTS", failure.reason());
  }

  private void serveWithAttachment(String role, String name, byte[] content) {
    FileLayout layout = savedModel.layout(name, content);
    registry.serve(
        savedModel,
        savedModel
            .response()
            .addAttachments(
                Attachment.newBuilder()
                    .setRole(role)
                    .setFile(FakeArtifact.file(name, content, new ArrayList<>())))
            .addAttachmentLayouts(layout));
  }

  private static PullOptions.Builder to(Path destination) {
    return PullOptions.builder(MODEL).destination(destination);
  }

  private Path cache() {
    return folder.resolve("cache");
  }

  private Path artifactFolder() {
    return cache().resolve("v1/artifacts").resolve(hex());
  }

  private Path incoming() {
    return cache().resolve("v1/incoming").resolve(hex());
  }

  private String hex() {
    return Digests.hex(savedModel.response().getArtifact().getDigest());
  }

  private static void assertHolds(Path tree, FakeArtifact artifact) throws IOException {
    try (Stream<Path> below = Files.walk(tree)) {
      assertEquals(
          artifact.files.keySet(),
          below
              .filter(Files::isRegularFile)
              .map(file -> tree.relativize(file).toString())
              .collect(Collectors.toSet()));
    }
    for (String path : artifact.files.keySet()) {
      assertArrayEquals(artifact.files.get(path), Files.readAllBytes(tree.resolve(path)), path);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .sorted()
          .collect(Collectors.toList());
    }
  }

  private static String permissions(Path file) throws IOException {
    return java.nio.file.attribute.PosixFilePermissions.toString(
        Files.getPosixFilePermissions(file));
  }

  private static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
