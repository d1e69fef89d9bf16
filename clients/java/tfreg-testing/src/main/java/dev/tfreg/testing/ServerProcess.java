package dev.tfreg.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One run of {@code tfreg serve}. It ends with this JVM at the latest. */
final class ServerProcess {
  /** Reached only by a server that hangs. */
  private static final long PATIENCE_S = 120;

  private final Process process;
  private final Thread endWithJvm;

  private ServerProcess(Process process) {
    this.process = process;
    this.endWithJvm = new Thread(this::killAll);
    Runtime.getRuntime().addShutdownHook(endWithJvm);
  }

  /** Starts a server and returns when it takes calls, of which it prints a line. */
  static ServerProcess start(TfregCommand command, List<String> arguments) {
    ServerProcess server = new ServerProcess(command.start(arguments));
    CompletableFuture<String> line =
        CompletableFuture.supplyAsync(() -> firstLine(server.process))
            .completeOnTimeout("", PATIENCE_S, TimeUnit.SECONDS);
    if (!line.join().contains(" serving ")) {
      server.kill();
      throw command.failed(
          "SERVER_NOT_STARTED",
          "'tfreg serve' did not start.",
          "It said: " + command.endOfErrors(),
          null);
    }
    return server;
  }

  private static String firstLine(Process process) {
    try {
      InputStreamReader printed =
          new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
      String line = new BufferedReader(printed).readLine();
      return line == null ? "" : line;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  boolean running() {
    return process.isAlive();
  }

  /** Ends it by SIGTERM: calls that are under way get some seconds. */
  void stop() {
    process.destroy();
    process.onExit().completeOnTimeout(process, PATIENCE_S, TimeUnit.SECONDS).join();
    kill();
  }

  /** Ends it and what it started by SIGKILL, as a crash would, and returns when they are gone. */
  void kill() {
    killAll().forEach(ended -> ended.onExit().join());
    Runtime.getRuntime().removeShutdownHook(endWithJvm);
  }

  private List<ProcessHandle> killAll() {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle()))
            .collect(Collectors.toList());
    all.forEach(ProcessHandle::destroyForcibly);
    return all;
  }
}
