package dev.tfreg.client;

import dev.tfreg.client.TfregException.Kind;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Which paths a server may name: those that stay within an artifact on every file system. */
final class PathRules {
  private static final int MAX_PATH_BYTES = 1024;
  private static final int MAX_SEGMENT_BYTES = 255;
  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]");
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");

  private PathRules() {}

  static void checkAll(Collection<String> paths) {
    paths.forEach(PathRules::check);
    checkCollisions(paths);
  }

  static void check(String path) {
    String fault = fault(path);
    if (!fault.isEmpty()) {
      throw invalid(path, fault);
    }
  }

  /** Checks a path that must be one plain name. */
  static void checkName(String name) {
    check(name);
    if (name.contains("/")) {
      throw invalid(name, "is not a plain name");
    }
  }

  static TfregException invalid(String path, String fault) {
    String shown = CONTROL.matcher(path).replaceAll("?");
    return new TfregException(
        Kind.INVALID_ARGUMENT,
        "PATH_INVALID",
        "The path '" + shown + "' " + fault + ". Nothing was written there.",
        Map.of("path", shown));
  }

  private static String fault(String path) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(path)) {
      return "is not valid Unicode";
    }
    if (sizeBytes(path) > MAX_PATH_BYTES) {
      return "is longer than " + MAX_PATH_BYTES + " bytes";
    }
    if (path.startsWith("/") || DRIVE.matcher(path).matches()) {
      return "is absolute";
    }
    if (path.contains("\\")) {
      return "has a backslash";
    }
    if (CONTROL.matcher(path).find()) {
      return "has control characters";
    }
    for (String segment : path.split("/", -1)) {
      if (List.of("", ".", "..").contains(segment)) {
        return "has an empty, '.' or '..' segment";
      }
      if (sizeBytes(segment) > MAX_SEGMENT_BYTES) {
        return "has a name over " + MAX_SEGMENT_BYTES + " bytes";
      }
    }
    return "";
  }

  private static void checkCollisions(Collection<String> paths) {
    Map<String, String> folded = new HashMap<>();
    for (String path : paths) {
      String other = folded.put(fold(path), path);
      if (other != null) {
        throw colliding(path, "is the same as '" + other + "' on some file systems");
      }
    }
    for (String path : paths) {
      String folder = fold(path);
      for (int end = folder.lastIndexOf('/'); end > 0; end = folder.lastIndexOf('/', end - 1)) {
        String file = folded.get(folder.substring(0, end));
        if (file != null) {
          throw colliding(path, "lies in '" + file + "', which is a file");
        }
      }
    }
  }

  private static TfregException colliding(String path, String fault) {
    return new TfregException(
        Kind.INVALID_ARGUMENT,
        "MANIFEST_INVALID",
        "The path '" + path + "' " + fault + ".",
        Map.of("path", path));
  }

  /** Case folding as far as Java has it: upper, then lower case. */
  private static String fold(String path) {
    String composed = Normalizer.normalize(path, Normalizer.Form.NFC);
    String folded = composed.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    return Normalizer.normalize(folded, Normalizer.Form.NFC);
  }

  private static int sizeBytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
