package dev.tfreg.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line of the runnable jar. */
class MainTest {
  private static final List<String> COMMAND =
      List.of("--lock", "src/test/resources/locks/models.lock", "--package", "com.acme");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path folder;

  @Test
  void printsEachFileThatItWrites() {
    assertEquals(0, run("--model", "team/bert@prod", "--model", "team/wide"));
    Path acme = folder.resolve("com/acme");
    assertEquals(
        List.of(
            acme.resolve("BertServingDefault.java").toString(),
            acme.resolve("WideClassify.java").toString()),
        text(out).lines().toList());
    assertTrue(Files.exists(acme.resolve("WideClassify.java")));
    assertFalse(Files.exists(acme.resolve("RankerInit.java")));
    assertEquals("", text(err));
  }

  @Test
  void leavesAFileUntouchedThatIsTheSame() throws IOException {
    run();
    Path file = folder.resolve("com/acme/RankerInit.java");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1000));
    assertEquals(0, run());
    assertEquals(FileTime.fromMillis(1000), Files.getLastModifiedTime(file));
  }

  @ParameterizedTest
  @CsvSource({
    "--modle team/bert, There is no option --modle",
    "--model, --model needs a value",
    "--package com.other, --package is given twice",
    "--model team/bart, The lock file has no model 'team/bart'",
  })
  void saysWhatIsWrongAndWritesNothing(String further, String message) {
    assertEquals(2, run(further.split(" ")));
    assertTrue(text(err).startsWith("error: "), text(err));
    assertTrue(text(err).contains(message), text(err));
    assertEquals("", text(out));
    assertFalse(Files.exists(folder.resolve("com")));
  }

  @Test
  void saysWhichOptionIsMissing() {
    assertEquals(2, Main.run(List.of(), print(out), print(err)));
    assertTrue(text(err).contains("--lock is missing"), text(err));
  }

  @Test
  void helps() {
    assertEquals(0, Main.run(List.of("--help"), print(out), print(err)));
    assertTrue(text(out).startsWith("Usage:"), text(out));
  }

  private int run(String... further) {
    List<String> args = new ArrayList<>(COMMAND);
    args.addAll(List.of("--out", folder.toString()));
    args.addAll(List.of(further));
    return Main.run(args, print(out), print(err));
  }

  private static PrintStream print(ByteArrayOutputStream into) {
    return new PrintStream(into, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream said) {
    return said.toString(StandardCharsets.UTF_8);
  }
}
