package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathRulesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"saved_model.pb", "variables/variables.index", "a b/..c", "é/\ud83d\ude00"})
  void plainRelativePathsAreSafe(String path) {
    PathRules.check(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/etc/passwd",
        "..",
        "../x",
        "a/../x",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "C:/x",
        "c:x",
        "a\\b",
        "a\u0000b",
        "a\nb",
        "a\u007fb",
        "a\u0085b",
        "a\u2028b",
        "a\ud800b"
      })
  void pathsThatLeaveOrConfuseAreRefused(String path) {
    assertEquals(
        "PATH_INVALID", assertThrows(TfregException.class, () -> PathRules.check(path)).reason());
  }

  @Test
  void overlongPathsAreRefused() {
    PathRules.check("a".repeat(255));
    assertThrows(TfregException.class, () -> PathRules.check("é".repeat(128)));
    assertThrows(TfregException.class, () -> PathRules.check("a/".repeat(512) + "a"));
  }

  @Test
  void pathsThatCollideOnSomeFileSystemAreRefused() {
    PathRules.checkAll(List.of("a/b", "a/c", "ab"));
    for (List<String> paths :
        List.of(
            List.of("Model.pb", "model.pb"),
            List.of("\u00e9", "e\u0301"),
            List.of("straße", "STRASSE"),
            List.of("a", "a/b"),
            List.of("A/b/c", "a"))) {
      assertEquals(
          "MANIFEST_INVALID",
          assertThrows(TfregException.class, () -> PathRules.checkAll(paths)).reason());
    }
  }

  @Test
  void anAttachmentsNameIsOneSegment() {
    PathRules.checkName("labels.txt");
    assertThrows(TfregException.class, () -> PathRules.checkName("a/labels.txt"));
  }
}
