package dev.tfreg.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Lays sources out as google-java-format does, where JavaPoet does not: short comments, long lines.
 */
final class Layout {
  /** Columns of a line. */
  static final int WIDTH = 100;

  private static final Pattern SHORT_COMMENT =
      Pattern.compile("(?m)^( *)/\\*\\*\\n *\\* ([^\\n@][^\\n]*)\\n *\\*/$");
  private static final Pattern WRAPPED_PARAMETERS = Pattern.compile("(?<=,)\\n +(?=[^ *])");
  private static final Pattern EMPTY_BODY = Pattern.compile("(?m)\\{\\n *\\}$");
  private static final Pattern ASSIGNMENT = Pattern.compile("( *)([^\"(]* =) (.+;)");
  private static final Pattern CALL = Pattern.compile("( *)([^\"(]*\\()(.+)(\\)(?:;| \\{|))");
  private static final Pattern COMMA_OUTSIDE_TEXT =
      Pattern.compile(", (?=(?:[^\"\\\\]|\\\\.|\"(?:[^\"\\\\]|\\\\.)*\")*$)");

  private Layout() {}

  static String tidy(String source) {
    String commented =
        SHORT_COMMENT
            .matcher(source)
            .replaceAll(
                comment -> {
                  String line = comment.group(1) + "/** " + comment.group(2) + " */";
                  return Matcher.quoteReplacement(line.length() <= WIDTH ? line : comment.group());
                });
    String joined = WRAPPED_PARAMETERS.matcher(commented).replaceAll(" ");
    return EMPTY_BODY
        .matcher(joined)
        .replaceAll("{}")
        .lines()
        .map(String::stripTrailing)
        .flatMap(line -> broken(line).stream())
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static List<String> broken(String line) {
    if (line.length() <= WIDTH || line.stripLeading().startsWith("*")) {
      return List.of(line);
    }
    Matcher assignment = ASSIGNMENT.matcher(line);
    if (assignment.matches()) {
      String indent = assignment.group(1);
      return List.of(indent + assignment.group(2), indent + "    " + assignment.group(3));
    }
    Matcher call = CALL.matcher(line);
    return call.matches() ? brokenCall(call) : List.of(line);
  }

  /** All arguments on the next line if they fit there, else each on its own. */
  private static List<String> brokenCall(Matcher call) {
    String indent = call.group(1) + "    ";
    String whole = indent + call.group(3) + call.group(4);
    List<String> lines = new ArrayList<>(List.of(call.group(1) + call.group(2)));
    if (whole.length() <= WIDTH) {
      lines.add(whole);
      return lines;
    }
    String[] arguments = COMMA_OUTSIDE_TEXT.split(call.group(3), -1);
    for (int place = 0; place < arguments.length; place++) {
      boolean last = place == arguments.length - 1;
      lines.add(indent + arguments[place] + (last ? call.group(4) : ","));
    }
    return lines;
  }
}
