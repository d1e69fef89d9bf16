package dev.tfreg.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.AliasMove;
import dev.tfreg.client.AliasMoved;
import dev.tfreg.client.PullOptions;
import dev.tfreg.client.Pulled;
import dev.tfreg.client.PushOptions;
import dev.tfreg.client.Pushed;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.client.VersionInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a Java program pushes is what every client pulls and resolves. */
class PushTest {
  private static final Path MODELS = Path.of("../../../tests/fixtures/models");
  private static final Path SAVED_MODEL = MODELS.resolve("tf1_saved_model");
  private static final Path OTHER = MODELS.resolve("tf2_keras_export");
  private static final Path FROZEN = MODELS.resolve("frozen_tf1.pb");

  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  @TempDir Path folder;

  @Test
  void aFolderIsPushedWithAliasesLabelsAndAttachments(TfregClient client) throws IOException {
    Path labels = Files.writeString(folder.resolve("labels.txt"), "cat\ndog\n");
    Pushed pushed =
        client.push(
            PushOptions.builder(SAVED_MODEL, "push/folder")
                .aliases("prod", "best")
                .labels(Map.of("commit", "abc"))
                .attachment("labels", labels)
                .build());
    assertTrue(pushed.created());
    assertEquals("saved_model", pushed.version().format());
    assertEquals(List.of("best", "prod"), pushed.version().aliases());
    assertEquals(Map.of("commit", "abc"), pushed.version().labels());
    assertTrue(pushed.sentBytes() > 0 && pushed.sentBytes() <= pushed.sizeBytes());
    Pulled pulled =
        client.pull(
            PullOptions.builder("push/folder@prod")
                .destination(folder.resolve("pulled"))
                .attachments(true)
                .build());
    assertEquals(contents(SAVED_MODEL), contents(pulled.path()));
    assertEquals("cat\ndog\n", Files.readString(pulled.attachments().get(0).path()));
    assertFalse(client.resolve("push/folder@best").feeds().isEmpty());
  }

  @Test
  void aFileIsPushedAsItIs(TfregClient client) throws IOException {
    Pushed pushed = client.push(PushOptions.builder(FROZEN, "push/file").build());
    assertEquals("frozen_graph", pushed.version().format());
    assertArrayEquals(Files.readAllBytes(FROZEN), client.bytes("push/file"));
  }

  @Test
  void theSameArtifactAgainIsTheSameVersionAndSendsNothing(TfregClient client) {
    PushOptions options = PushOptions.builder(SAVED_MODEL, "push/again").build();
    Pushed first = client.push(options);
    Pushed second = client.push(options);
    assertFalse(second.created());
    assertEquals(first.version().number(), second.version().number());
    assertEquals(0, second.sentBytes());
  }

  @Test
  void whatPythonsClientPushedAndCutElsewhereIsNotSentAgain(TfregClient client) {
    registry.push("push/python", OTHER);
    Pushed pushed = client.push(PushOptions.builder(OTHER, "push/python").aliases("prod").build());
    assertFalse(pushed.created());
    assertEquals(0, pushed.sentBytes());
    assertEquals(1, client.aliases("push/python").get("prod"));
  }

  @Test
  void aFileOfSeveralPiecesIsCutAndComesBackWhole(TfregClient client) throws IOException {
    Path model = copyOf(SAVED_MODEL);
    byte[] large = new byte[40 << 20];
    new java.util.Random(1).nextBytes(large);
    Files.createDirectories(model.resolve("assets"));
    Files.write(model.resolve("assets/large.bin"), large);
    Pushed pushed = client.push(PushOptions.builder(model, "push/large").build());
    assertTrue(pushed.sentBytes() >= large.length);
    Pulled pulled = client.pull("push/large");
    assertArrayEquals(large, Files.readAllBytes(pulled.path().resolve("assets/large.bin")));
    large[20 << 20] ^= 1;
    Files.write(model.resolve("assets/large.bin"), large);
    Pushed changed = client.push(PushOptions.builder(model, "push/large").build());
    assertTrue(changed.created());
    assertEquals(16 << 20, changed.sentBytes());
    assertArrayEquals(
        large, Files.readAllBytes(client.pull("push/large").path().resolve("assets/large.bin")));
  }

  @Test
  void anUnexpectedNewestVersionIsAConflict(TfregClient client) {
    client.push(PushOptions.builder(SAVED_MODEL, "push/expected").build());
    PushOptions.Builder options =
        PushOptions.builder(OTHER, "push/expected").expectedNewestVersion(7);
    assertRefused("VERSION_CONFLICT", () -> client.push(options.build()));
    assertEquals(2, client.push(options.expectedNewestVersion(1).build()).version().number());
  }

  @Test
  void whatIsNoModelIsRefusedByTheServer(TfregClient client) throws IOException {
    Path text = Files.writeString(folder.resolve("readme.txt"), "no model");
    assertRefused(
        "NOT_A_MODEL", () -> client.push(PushOptions.builder(text, "push/refused").build()));
    assertRefused(
        "NOT_A_MODEL", () -> client.push(PushOptions.builder(folder, "push/refused").build()));
  }

  @Test
  void aFormatThatItIsNotIsRefused(TfregClient client) {
    assertRefused(
        "FORMAT_MISMATCH",
        () ->
            client.push(
                PushOptions.builder(FROZEN, "push/mismatch").format("saved_model").build()));
  }

  @Test
  void whatCannotBeReadIsNamedBeforeAnythingIsSent(TfregClient client) throws IOException {
    Path nothing = folder.resolve("nothing");
    assertRefused(
        "PATH_NOT_FOUND", () -> client.push(PushOptions.builder(nothing, "push/no").build()));
    Path linked = copyOf(SAVED_MODEL);
    Files.createSymbolicLink(linked.resolve("secret"), Path.of("/etc/hostname"));
    assertRefused(
        "PATH_INVALID", () -> client.push(PushOptions.builder(linked, "push/no").build()));
    assertRefused(
        "REFERENCE_INVALID", () -> client.push(PushOptions.builder(FROZEN, "No Name").build()));
    assertRefused(
        "ATTACHMENT_INVALID",
        () ->
            client.push(
                PushOptions.builder(FROZEN, "push/no").attachment("labels", folder).build()));
    assertRefused("MODEL_NOT_FOUND", () -> client.listVersions("push/no"));
  }

  @Test
  void aliasesMoveTogetherAndTheirHistoryIsKept(TfregClient client) {
    client.push(PushOptions.builder(SAVED_MODEL, "push/aliased").aliases("prod").build());
    client.push(PushOptions.builder(OTHER, "push/aliased").build());
    assertEquals(
        Map.of("prod", 2L, "old", 1L),
        client
            .setAliases(
                "push/aliased",
                List.of(AliasMove.to("prod", 2).expecting(1), AliasMove.to("old", 1).expecting(0)))
            .aliases());
    assertRefused(
        "ALIAS_CONFLICT",
        () -> client.setAliases("push/aliased", List.of(AliasMove.to("old", 2).expecting(0))));
    client.setAliases("push/aliased", List.of(AliasMove.remove("old")));
    List<AliasMoved> moves = client.aliasMoves("push/aliased", "prod");
    assertEquals(
        List.of(OptionalLong.of(2), OptionalLong.of(1)),
        moves.stream().map(AliasMoved::toVersion).collect(Collectors.toList()));
    assertEquals(OptionalLong.of(1), moves.get(0).fromVersion());
    assertEquals(4, client.aliasMoves("push/aliased").size());
    assertEquals(OptionalLong.empty(), client.aliasMoves("push/aliased").get(0).toVersion());
  }

  @Test
  void aVersionIsDeletedUndeletedAndPurged(TfregClient client) {
    client.push(PushOptions.builder(SAVED_MODEL, "push/deleted").aliases("prod").build());
    client.push(PushOptions.builder(OTHER, "push/deleted").build());
    assertRefused("VERSION_ALIASED", () -> client.deleteVersion("push/deleted", 1));
    assertTrue(client.deleteVersion("push/deleted", 2).deletedAt().isPresent());
    assertEquals(1, client.listVersions("push/deleted").size());
    assertFalse(client.undeleteVersion("push/deleted", 2).deletedAt().isPresent());
    client.purgeVersion("push/deleted", 2);
    assertRefused("VERSION_NOT_FOUND", () -> client.undeleteVersion("push/deleted", 2));
  }

  @Test
  void theFuturesDoTheSame(TfregClient client) {
    PushOptions options = PushOptions.builder(SAVED_MODEL, "push/async").build();
    Pushed pushed = client.async().push(options).join();
    VersionInfo version = client.async().getVersion("push/async").join();
    assertEquals(pushed.version(), version);
    assertEquals(
        Map.of("prod", 1L),
        client.async().setAliases("push/async", List.of(AliasMove.to("prod", 1))).join().aliases());
    assertEquals(client.capabilities(), client.async().capabilities().join());
  }

  @Test
  void theServerSaysWhatItCanDo(TfregClient client) {
    assertTrue(
        client.capabilities().formats().stream()
            .anyMatch(format -> format.name().equals("saved_model") && format.resolves()));
    assertTrue(
        client.capabilities().conversions().stream()
            .anyMatch(route -> route.target().equals("frozen_graph")));
    assertTrue(client.capabilities().limits().maxBlobBytes() >= 16 << 20);
  }

  private static void assertRefused(String reason, Runnable call) {
    TfregException failure = assertThrows(TfregException.class, call::run);
    assertEquals(reason, failure.reason(), failure.getMessage());
  }

  private Path copyOf(Path tree) throws IOException {
    Path copy = folder.resolve("copy");
    for (Map.Entry<String, byte[]> file : files(tree).entrySet()) {
      Path target = copy.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.write(target, file.getValue());
    }
    return copy;
  }

  private static Map<String, List<Byte>> contents(Path tree) throws IOException {
    return files(tree).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> boxed(entry.getValue())));
  }

  private static List<Byte> boxed(byte[] content) {
    List<Byte> bytes = new java.util.ArrayList<>(content.length);
    for (byte part : content) {
      bytes.add(part);
    }
    return bytes;
  }

  private static Map<String, byte[]> files(Path tree) throws IOException {
    Map<String, byte[]> found = new java.util.TreeMap<>();
    try (Stream<Path> below = Files.walk(tree)) {
      for (Path file : below.filter(Files::isRegularFile).collect(Collectors.toList())) {
        found.put(tree.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return found;
  }
}
