package dev.tfreg.codegen;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;

/**
 * Makes Java identifiers of keys. They are ASCII, so that neither the encoding of sources nor that
 * of file names matters, and in camel case without runs of capitals, as style checkers want it.
 */
final class Identifiers {
  private static final Pattern NOT_IN_WORDS = Pattern.compile("[^A-Za-z0-9]+");
  private static final Pattern WORD_BOUND =
      Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");
  private static final Pattern RUN_OF_CAPITALS = Pattern.compile("([A-Z]{2,})([A-Z][^A-Z]|$)");

  /** What each object has, and names that Java keeps for itself here or there. */
  private static final Set<String> RESERVED_MEMBERS =
      Set.of(
          "close",
          "clone",
          "equals",
          "finalize",
          "getClass",
          "hashCode",
          "notify",
          "notifyAll",
          "toString",
          "wait",
          "yield",
          "_");

  private Identifiers() {}

  /** Returns the name of a class that begins with {@code Model} if it would not with a letter. */
  static String type(String... keys) {
    String name = Arrays.stream(keys).map(Identifiers::upperCamel).collect(Collectors.joining());
    boolean starts = !name.isEmpty() && Character.isLetter(name.charAt(0));
    return capitalsApart(starts ? name : "Model" + name);
  }

  /** Returns a class's name that goes on with a key, or with {@code fallback} if it has no word. */
  static String type(String first, String key, String fallback) {
    String word = upperCamel(key);
    return capitalsApart(first + (word.isEmpty() ? fallback : word));
  }

  /** Returns the name of a method or parameter. {@code role} makes a name that is none one. */
  static String member(String key, String role) {
    String upper = upperCamel(key);
    String name = lowerFirst(upper);
    boolean free = SourceVersion.isName(name, SourceVersion.RELEASE_17);
    return free && !RESERVED_MEMBERS.contains(name)
        ? name
        : lowerFirst(capitalsApart(role + upper));
  }

  private static String upperCamel(String key) {
    String joined =
        words(key).stream()
            .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + lower(word.substring(1)))
            .collect(Collectors.joining());
    return capitalsApart(joined);
  }

  private static List<String> words(String key) {
    String apart = WORD_BOUND.matcher(ascii(key)).replaceAll(" ");
    return NOT_IN_WORDS.splitAsStream(apart).filter(word -> !word.isEmpty()).toList();
  }

  /** Takes accents off, and writes other letters as words of their number: {@code U5165}. */
  private static String ascii(String key) {
    StringBuilder text = new StringBuilder();
    Normalizer.normalize(key, Normalizer.Form.NFKD)
        .codePoints()
        .filter(point -> Character.getType(point) != Character.NON_SPACING_MARK)
        .forEach(
            point -> {
              if (point < 128) {
                text.append((char) point);
              } else if (Character.isLetterOrDigit(point)) {
                text.append(' ').append('U').append(Integer.toHexString(point)).append(' ');
              } else {
                text.append(' ');
              }
            });
    return text.toString();
  }

  private static String capitalsApart(String name) {
    return RUN_OF_CAPITALS
        .matcher(name)
        .replaceAll(
            run -> run.group(1).charAt(0) + lower(run.group(1).substring(1)) + run.group(2));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static String lowerFirst(String name) {
    return name.isEmpty() ? name : lower(name.substring(0, 1)) + name.substring(1);
  }
}
