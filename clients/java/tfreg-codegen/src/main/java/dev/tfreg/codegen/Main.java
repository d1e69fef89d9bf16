package dev.tfreg.codegen;

import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** The command behind {@code tfreg stub java}. */
public final class Main {
  private static final int WRONG = 2;

  private Main() {}

  /**
   * Generates and prints the files, one a line. Exits with 2 if that cannot be done; then the
   * reason is on stderr.
   */
  public static void main(String[] args) {
    int code = run(List.of(args), System.out, System.err);
    System.out.flush();
    if (code != 0) {
      System.exit(code);
    }
  }

  static int run(List<String> args, PrintStream out, PrintStream err) {
    try {
      Arguments given = Arguments.parse(args);
      if (given.help()) {
        out.println(Arguments.USAGE);
        return 0;
      }
      LockFile lock = LockFile.read(path(given.lock()));
      Path root = path(given.out());
      for (SourceFile file : JavaStubs.generate(lock, given.packageName(), given.models())) {
        out.println(file.write(root));
      }
      return 0;
    } catch (CodegenException failure) {
      err.println("error: " + failure.getMessage());
      return WRONG;
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException wrong) {
      throw new CodegenException("'" + text + "' is no path. Name another.", wrong);
    }
  }
}
