package dev.tfreg.testing;

import dev.tfreg.client.TfregException;
import dev.tfreg.client.TfregException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The {@code tfreg} command, whose standard error goes to a file. */
final class TfregCommand {
  private static final int END_BYTES = 4096;

  private final String program;
  private final Path errors;

  TfregCommand(String program, Path errors) {
    this.program = program;
    this.errors = errors;
  }

  /** The one that the system property names, else the environment, else the one on the PATH. */
  static String installed() {
    String byEnvironment = System.getenv("TFREG_COMMAND");
    String otherwise = byEnvironment == null || byEnvironment.isEmpty() ? "tfreg" : byEnvironment;
    String byProperty = System.getProperty("tfreg.command", "");
    return byProperty.isEmpty() ? otherwise : byProperty;
  }

  /** Starts it; what the caller's environment says of servers and folders does not count. */
  Process start(List<String> arguments) {
    List<String> words = new ArrayList<>(List.of(program));
    words.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().keySet().removeIf(name -> name.startsWith("TFREG_"));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
    try {
      return builder.start();
    } catch (IOException failure) {
      throw failed(
          "COMMAND_NOT_FOUND",
          "The command '" + program + "' cannot be started.",
          "Install it by `pip install tfreg`; where it is not on the PATH, name it by"
              + " -Dtfreg.command=/path/of/tfreg or TFREG_COMMAND.",
          failure);
    }
  }

  /**
   * Runs it to its end and returns what it printed.
   *
   * @throws TfregException COMMAND_NOT_FOUND, or COMMAND_FAILED with what it said
   */
  String run(List<String> arguments) {
    Process process = start(arguments);
    try {
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw failed(
            "COMMAND_FAILED",
            "'tfreg " + String.join(" ", arguments) + "' failed.",
            "It said: " + endOfErrors(),
            null);
      }
      return printed;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw failed("CANCELLED", "The command was interrupted.", "Run it again.", interrupted);
    } finally {
      process.destroyForcibly();
    }
  }

  /** What was said last. */
  String endOfErrors() {
    try {
      byte[] all = Files.readAllBytes(errors);
      int from = Math.max(0, all.length - END_BYTES);
      return new String(all, from, all.length - from, StandardCharsets.UTF_8).strip();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  TfregException failed(String reason, String message, String hint, Throwable cause) {
    return TfregException.of(
        Kind.FAILED_PRECONDITION,
        reason,
        message + " " + hint,
        Map.of("command", program, "hint", hint),
        cause);
  }
}
