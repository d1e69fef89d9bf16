package dev.tfreg.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lock files: the same bytes as every language's, and errors that say where. */
class LockFileTest {
  private static final Path VECTORS = Path.of("../../../tests/vectors/locks.json");
  private static final String EMPTY = "{\"tfreg_lock\": 1, \"models\": []}";

  @TestFactory
  Stream<DynamicTest> readsAndWritesWhatEveryLanguageDoes() throws IOException {
    return vectors("cases")
        .flatMap(
            one ->
                Stream.of(
                    DynamicTest.dynamicTest(
                        one.get("name").getAsString() + ": its text",
                        () ->
                            assertEquals(
                                text(one), LockFile.parse(text(one), "tfreg.lock").toJson())),
                    DynamicTest.dynamicTest(
                        one.get("name").getAsString() + ": in any order",
                        () ->
                            assertEquals(
                                text(one),
                                LockFile.parse(one.get("document").toString(), "tfreg.lock")
                                    .toJson()))));
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatNoLanguageReads() throws IOException {
    return vectors("refused")
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.get("name").getAsString(),
                    () ->
                        assertThrows(
                            CodegenException.class,
                            () -> LockFile.parse(text(one), "tfreg.lock"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{ | tfreg.lock is not JSON",
        "[] | the file is a list, not an object",
        "{\"models\": []} | the file has no 'tfreg_lock'",
        "{\"tfreg_lock\": \"1\"} | tfreg_lock is a text, not a whole number",
        "{\"tfreg_lock\": 2} | is of version 2; this tfreg reads version 1",
        "{\"tfreg_lock\": 1.5} | tfreg_lock is 1.5, not a whole number",
        "{\"tfreg_lock\": 1, \"models\": {}} | models is an object, not a list",
        "{\"tfreg_lock\": 1, \"models\": [], \"x\": 1} | the file has the key 'x'; known are",
        "{\"tfreg_lock\": 1, \"models\": [3]} | models[0] is a number, not an object",
      })
  void saysWhereAFileIsWrongAndWhatToDo(String text, String message) {
    String told =
        assertThrows(CodegenException.class, () -> LockFile.parse(text, "tfreg.lock")).getMessage();
    assertTrue(told.contains(message), told);
    assertTrue(told.contains("`tfreg lock`"), told);
  }

  @Test
  void namesTheTensorWhoseDtypeIsNone() throws IOException {
    String text = Files.readString(Path.of("src/test/resources/locks/models.lock"));
    String broken = text.replaceFirst("\"dtype\": \"int32\"", "\"dtype\": 3");
    String told =
        assertThrows(CodegenException.class, () -> LockFile.parse(broken, "tfreg.lock"))
            .getMessage();
    assertTrue(
        told.contains("models[0].signatures[0].inputs[0].dtype is a number, not a text"), told);
  }

  @Test
  void refusesTheSameReferenceTwice() {
    LockedModel model = new LockedModel("m", "m", 1, "", "", "", java.util.List.of());
    String twice = new LockFile(java.util.List.of(model, model)).toJson();
    String told =
        assertThrows(CodegenException.class, () -> LockFile.parse(twice, "tfreg.lock"))
            .getMessage();
    assertTrue(told.contains("models[1] is there twice: 'm'"), told);
  }

  @Test
  void saysHowToMakeAFileThatIsNotThere(@TempDir Path folder) {
    Path missing = folder.resolve("tfreg.lock");
    String told = assertThrows(CodegenException.class, () -> LockFile.read(missing)).getMessage();
    assertTrue(told.contains("tfreg lock REFERENCE --file"), told);
  }

  @Test
  void leavesAFileUntouchedThatIsTheSame(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tfreg.lock");
    LockFile lock = LockFile.parse(EMPTY, "tfreg.lock");
    assertTrue(lock.write(file));
    Files.setLastModifiedTime(file, FileTime.fromMillis(1000));
    assertFalse(lock.write(file));
    assertEquals(FileTime.fromMillis(1000), Files.getLastModifiedTime(file));
    assertEquals(lock, LockFile.read(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  private static Stream<JsonObject> vectors(String group) throws IOException {
    JsonArray cases =
        JsonParser.parseString(Files.readString(VECTORS)).getAsJsonObject().getAsJsonArray(group);
    return StreamSupport.stream(cases.spliterator(), false)
        .map(element -> element.getAsJsonObject());
  }

  private static String text(JsonObject one) {
    return one.get("text").getAsString();
  }
}
