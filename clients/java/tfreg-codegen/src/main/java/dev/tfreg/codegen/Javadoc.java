package dev.tfreg.codegen;

import com.palantir.javapoet.CodeBlock;
import java.util.ArrayList;
import java.util.List;

/** A javadoc comment, filled to the width of a line. */
final class Javadoc {
  private static final int WIDTH = 100 - " * ".length();

  private final int width;
  private final List<String> lines = new ArrayList<>();
  private boolean tagged;

  private Javadoc(int indent) {
    this.width = WIDTH - indent;
  }

  /** Starts one for an element that is indented by so many columns. */
  static Javadoc at(int indent) {
    return new Javadoc(indent);
  }

  Javadoc text(String text) {
    fill(text, "", "");
    return this;
  }

  Javadoc paragraph(String text) {
    lines.add("");
    fill("<p>" + text, "", "");
    return this;
  }

  /** Adds lines as they are, in the font of code. */
  Javadoc example(List<String> code) {
    lines.add("");
    lines.add("<pre>{@code");
    lines.addAll(code);
    lines.add("}</pre>");
    return this;
  }

  /** Adds a block tag, such as one for a parameter. */
  Javadoc tag(String tag, String text) {
    if (!tagged) {
      lines.add("");
    }
    tagged = true;
    fill(tag + " " + text, "", "    ");
    return this;
  }

  CodeBlock build() {
    return CodeBlock.of("$L\n", String.join("\n", lines));
  }

  private void fill(String text, String first, String next) {
    StringBuilder line = new StringBuilder(first);
    String indent = first;
    for (String word : text.split(" ", -1)) {
      if (line.length() > indent.length() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        indent = next;
        line = new StringBuilder(next);
      }
      line.append(line.length() > indent.length() ? " " : "").append(word);
    }
    lines.add(line.toString());
  }
}
