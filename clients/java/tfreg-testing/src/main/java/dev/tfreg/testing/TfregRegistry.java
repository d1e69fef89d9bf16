package dev.tfreg.testing;

import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregClientBuilder;
import dev.tfreg.client.TfregException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A registry of a test's own: the real {@code tfreg serve} on a free port of this machine, with an
 * empty data folder that is deleted in the end.
 *
 * <pre>{@code
 * @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();
 *
 * @Test
 * void resolves(TfregClient client) {
 *   registry.push("team/bert", Path.of("src/test/models/bert"));
 *   assertEquals(1, client.resolve("team/bert").version());
 * }
 * }</pre>
 *
 * <p>As a static field it lives as long as the test class, as an instance field as long as the
 * test; parameters of tests are injected where a class has one registry. The command is the one
 * that the system property {@code tfreg.command} names, else the environment variable {@code
 * TFREG_COMMAND}, else the one on the PATH. Clients get a cache of their own, so that nothing is
 * left on the machine. Outside of JUnit: {@link #start} and {@link #close}.
 */
public final class TfregRegistry
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver,
        AutoCloseable {
  /** A port that was free may be taken by the time the server asks for it. */
  private static final int PORTS_TRIED = 20;

  private static final Duration DEADLINE = Duration.ofMinutes(5);

  private final String program;
  private final List<String> serveOptions;
  private String owner = "";
  private Path folder;
  private int port;
  private ServerProcess server;
  private TfregClient client;

  private TfregRegistry(Builder builder) {
    this.program = builder.program;
    this.serveOptions = List.copyOf(builder.serveOptions);
  }

  /** Returns a registry with the default settings; it starts with the tests. */
  public static TfregRegistry create() {
    return builder().build();
  }

  /** Starts the settings. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Starts the server, unless it runs; after {@link #stop} or {@link #kill} with the same data and
   * port. Returns when it takes calls.
   *
   * @throws TfregException COMMAND_NOT_FOUND if there is no such command, SERVER_NOT_STARTED with
   *     what it said
   */
  public synchronized void start() {
    if (server != null && server.running()) {
      return;
    }
    if (folder == null) {
      folder = Folders.make();
      server = startOnFreePort();
    } else {
      server = serve();
    }
  }

  private ServerProcess startOnFreePort() {
    for (int tries = 1; ; tries++) {
      port = FreePort.find();
      try {
        return serve();
      } catch (TfregException failure) {
        if (tries == PORTS_TRIED || !failure.getMessage().contains("Cannot listen on")) {
          throw failure;
        }
      }
    }
  }

  private ServerProcess serve() {
    List<String> arguments = new ArrayList<>(List.of("serve", "--data", data().toString()));
    arguments.addAll(List.of("--listen", address()));
    arguments.addAll(serveOptions);
    return ServerProcess.start(new TfregCommand(program, folder.resolve("log")), arguments);
  }

  /** Ends the server as a signal of the system does: calls under way get some seconds to end. */
  public synchronized void stop() {
    server.stop();
  }

  /** Ends the server as a crash does: nothing is finished, nothing is told to anybody. */
  public synchronized void kill() {
    server.kill();
  }

  /** Stops the server if it runs, and starts it again with the same data and port. */
  public synchronized void restart() {
    if (server.running()) {
      server.stop();
    }
    start();
  }

  /** Where the server listens: {@code host:port}. It stays the same when the server starts anew. */
  public synchronized String address() {
    return "127.0.0.1:" + port;
  }

  /** The server's data folder. */
  public synchronized Path data() {
    return folder.resolve("data");
  }

  /** A client of this registry; it is closed with the registry. */
  public synchronized TfregClient client() {
    if (client == null) {
      client = clientBuilder().build();
    }
    return client;
  }

  /**
   * Starts the settings of a client of this registry, with the cache that all of them share, and
   * with a deadline of some minutes: a machine that runs tests may be slow.
   */
  public TfregClientBuilder clientBuilder() {
    return TfregClient.builder(address()).cacheDir(folder.resolve("cache")).deadline(DEADLINE);
  }

  /**
   * Stores a model as a new version, or finds the version that it is already.
   *
   * @param model such as {@code team/bert}
   * @param path the model's folder or file, or the prefix of a checkpoint
   * @param options of {@code tfreg push}, such as {@code --alias}, {@code prod}
   * @throws TfregException COMMAND_FAILED with what the command said
   */
  public void push(String model, Path path, String... options) {
    List<String> words = new ArrayList<>(List.of("push", path.toAbsolutePath().toString(), model));
    words.addAll(Arrays.asList(options));
    run(words.toArray(new String[0]));
  }

  /**
   * Runs the command {@code tfreg} on this registry.
   *
   * @param words such as {@code alias}, {@code set}
   * @return what it printed
   * @throws TfregException COMMAND_FAILED with what the command said
   */
  public String run(String... words) {
    List<String> arguments = new ArrayList<>(List.of("--server", address(), "--quiet"));
    arguments.addAll(Arrays.asList(words));
    return new TfregCommand(program, Folders.newFile(folder)).run(arguments);
  }

  /** Ends the server, closes its client and deletes its data. */
  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
      client = null;
    }
    if (server != null) {
      server.kill();
      server = null;
    }
    if (folder != null) {
      Folders.delete(folder);
      folder = null;
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    startFor(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    startFor(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    endFor(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    endFor(context);
  }

  /** The first who asks owns it: the class, or the test where it is an instance field. */
  private synchronized void startFor(ExtensionContext context) {
    if (owner.isEmpty()) {
      owner = context.getUniqueId();
      start();
    }
  }

  private synchronized void endFor(ExtensionContext context) {
    if (owner.equals(context.getUniqueId())) {
      owner = "";
      close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == TfregClient.class || type == TfregRegistry.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TfregClient.class ? client() : this;
  }

  /** Builds a {@link TfregRegistry}. */
  public static final class Builder {
    private String program = TfregCommand.installed();
    private final List<String> serveOptions = new ArrayList<>();

    private Builder() {}

    /** Sets the command; default: as {@link TfregRegistry} says. */
    public Builder command(String program) {
      this.program = program;
      return this;
    }

    /** Adds options of {@code tfreg serve}, such as {@code --convert-workers}, {@code 2}. */
    public Builder serveOptions(String... options) {
      serveOptions.addAll(Arrays.asList(options));
      return this;
    }

    /** Returns the registry; it starts with the tests. */
    public TfregRegistry build() {
      return new TfregRegistry(this);
    }
  }
}
