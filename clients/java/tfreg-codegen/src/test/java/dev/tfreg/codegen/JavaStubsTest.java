package dev.tfreg.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Generated sources: what they look like, that they compile strictly, what they are called. */
class JavaStubsTest {
  private static final Path SOURCES = Path.of("src/test/java");
  private static final String GOLDEN = "dev.tfreg.codegen.golden";

  /** The goldens are compiled with these tests: the lint build checks them as it checks our own. */
  @TestFactory
  Stream<DynamicTest> looksLikeTheGoldens() {
    return JavaStubs.generate(Locks.models(), GOLDEN).stream()
        .map(file -> DynamicTest.dynamicTest(file.path(), () -> compare(file)));
  }

  private static void compare(SourceFile file) throws IOException {
    if (Boolean.getBoolean("update.goldens")) {
      file.write(SOURCES);
    }
    assertEquals(Files.readString(SOURCES.resolve(file.path())), file.text());
  }

  @Test
  void compilesWithoutAWarningWhateverTheKeys(@TempDir Path folder) throws Exception {
    List<SourceFile> sources = JavaStubs.generate(Locks.awkward(), "com.acme.models");
    try (URLClassLoader classes = Compiled.of(sources, folder)) {
      for (SourceFile source : sources) {
        classes.loadClass(source.path().replace(".java", "").replace('/', '.'));
      }
    }
  }

  @Test
  void isAsciiWhateverTheKeys() {
    for (SourceFile source : JavaStubs.generate(Locks.awkward(), "com.acme.models")) {
      assertTrue(source.path().chars().allMatch(one -> one < 128), source.path());
      assertTrue(source.text().chars().allMatch(one -> one < 128), source.path());
    }
  }

  @Test
  void namesClassesByModelAndSignatureAndApartWhereTheyWouldMeet() {
    assertEquals(
        List.of("BertServingDefault", "RankerInit", "RankerServingDefault", "WideClassify"),
        names(JavaStubs.generate(Locks.models(), "a")));
    List<String> names = names(JavaStubs.generate(Locks.awkward(), "a"));
    assertTrue(
        names.containsAll(
            List.of(
                "TeamBertCall",
                "TeamBertU5165U529b",
                "TeamBertSignature",
                "TeamBert1",
                "OtherBertProdServingDefault",
                "OtherBertCanaryServingDefault",
                "OtherBert3ServingDefault",
                "AutoCloseable2")),
        names.toString());
    Set<String> folded = names.stream().map(String::toLowerCase).collect(Collectors.toSet());
    assertEquals(names.size(), folded.size(), "file systems that fold case");
  }

  @Test
  void givesTheSameBytesForTheSameModelsInAnyOrder() {
    List<LockedModel> models = new java.util.ArrayList<>(Locks.awkward().models());
    Collections.reverse(models);
    assertEquals(
        JavaStubs.generate(Locks.awkward(), "a"), JavaStubs.generate(new LockFile(models), "a"));
  }

  @Test
  void generatesSomeModelsUnderTheNamesThatTheyHaveAmongAll() {
    List<SourceFile> some =
        JavaStubs.generate(Locks.awkward(), "a", List.of("other/bert@prod", "auto"));
    assertEquals(List.of("AutoCloseable2", "OtherBertProdServingDefault"), names(some));
    assertTrue(new HashSet<>(JavaStubs.generate(Locks.awkward(), "a")).containsAll(some));
  }

  @Test
  void refusesAModelThatIsNotLockedAndAPackageThatIsNone() {
    String unknown =
        assertThrows(
                CodegenException.class,
                () -> JavaStubs.generate(Locks.models(), "a", List.of("team/bart")))
            .getMessage();
    assertTrue(unknown.contains("team/bert@prod"), unknown);
    assertTrue(unknown.contains("tfreg lock team/bart"), unknown);
    String wrong =
        assertThrows(
                CodegenException.class, () -> JavaStubs.generate(Locks.models(), "com.acme.class"))
            .getMessage();
    assertTrue(wrong.contains("'com.acme.class' is no name of a Java package"), wrong);
  }

  private static List<String> names(List<SourceFile> files) {
    return files.stream()
        .map(file -> Path.of(file.path()).getFileName().toString().replace(".java", ""))
        .sorted()
        .toList();
  }
}
