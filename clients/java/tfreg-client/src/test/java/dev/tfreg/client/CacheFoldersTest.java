package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheFoldersTest {
  @Test
  void theCacheIsWhereTheUserOrTheSystemWantsIt() {
    assertEquals(
        Path.of("/own"),
        CacheFolders.defaultRoot(
            Map.of("TFREG_CACHE", "/own", "XDG_CACHE_HOME", "/shared"), "/home/me"));
    assertEquals(
        Path.of("/shared/tfreg"),
        CacheFolders.defaultRoot(
            Map.of("TFREG_CACHE", "", "XDG_CACHE_HOME", "/shared"), "/home/me"));
    assertEquals(Path.of("/home/me/.cache/tfreg"), CacheFolders.defaultRoot(Map.of(), "/home/me"));
  }

  @Test
  void thePlacesAreThoseOfTheCachePage() {
    CacheFolders cache = new CacheFolders(Path.of("/c"));
    String hex = "0123456789abcdef".repeat(4);
    String digest = "sha256:" + hex;
    assertEquals(Path.of("/c/v1/artifacts", hex), cache.artifact(digest));
    assertEquals(Path.of("/c/v1/incoming", hex), cache.incoming(digest));
    assertEquals(Path.of("/c/v1/locks", hex), cache.lock(digest));
    assertEquals(
        Path.of("/c/v1/attachments", hex, "labels.txt"), cache.attachment(digest, "labels.txt"));
  }
}
