package dev.tfreg.codegen;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Foreign text within Java sources, in ASCII and such that it cannot end what it stands in. */
final class JavaText {
  /** What ends no {@code} tag, no comment, and starts no tag of its own. */
  private static final Pattern PLAIN =
      Pattern.compile("[\\w.:/,()?<>&\"'-](?:[ \\w.:@/,()?<>&\"'-]*[\\w.:/,()?<>&\"'-])?");

  /** What means something in comments, to javadoc or to HTML. */
  private static final String SPECIAL = "{}@*<>&\\\"'";

  private JavaText() {}

  /** Returns a string literal. */
  static String literal(String text) {
    StringBuilder literal = new StringBuilder("\"");
    text.chars().forEach(one -> literal.append(escaped((char) one)));
    return literal.append('"').toString();
  }

  private static String escaped(char one) {
    if (one == '"' || one == '\\') {
      return "\\" + one;
    }
    if (one >= ' ' && one <= '~') {
      return String.valueOf(one);
    }
    // Not by its number: compilers read that as the end of the line.
    return one == '\n' ? "\\n" : one == '\r' ? "\\r" : String.format("\\u%04x", (int) one);
  }

  /** Returns it for a javadoc comment, in the font of code. */
  static String code(String text) {
    if (PLAIN.matcher(text).matches()) {
      return "{@code " + text + "}";
    }
    if (text.isEmpty()) {
      return "{@code \"\"}";
    }
    return text.codePoints()
        .mapToObj(JavaText::html)
        .collect(Collectors.joining("", "<code>", "</code>"));
  }

  private static String html(int point) {
    boolean known = Character.isDefined(point) && Character.getType(point) != Character.SURROGATE;
    if (!known || Character.isISOControl(point)) {
      return "?"; // HTML has no way to write it
    }
    boolean plain = point > ' ' && point <= '~' && SPECIAL.indexOf(point) < 0;
    return plain ? Character.toString(point) : "&#" + point + ";";
  }
}
