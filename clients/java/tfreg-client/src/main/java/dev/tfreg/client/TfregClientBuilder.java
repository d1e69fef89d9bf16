package dev.tfreg.client;

import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Settings of a {@link TfregClient}. */
public final class TfregClientBuilder {
  /** Large manifests come in one message; bytes of models never do. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  /**
   * Lets a server send a few messages of a blob ahead, so that neither side waits for the other.
   */
  private static final int FLOW_CONTROL_WINDOW_BYTES = 8 << 20;

  private final String address;
  private Duration deadline = Duration.ofSeconds(30);
  private int maxAttempts = 4;
  private Optional<Tls> tls = Optional.empty();
  private Optional<Supplier<String>> token = Optional.empty();
  private boolean tokenInPlaintext;
  private boolean offline;
  private Path cacheDir =
      CacheFolders.defaultRoot(System.getenv(), System.getProperty("user.home"));

  TfregClientBuilder(String address) {
    this.address = address;
  }

  /**
   * How long a call may take with all its tries. Pulls have a second more for each MiB, and calls
   * that may wait for a conversion an hour more.
   */
  public TfregClientBuilder deadline(Duration deadline) {
    this.deadline = deadline;
    return this;
  }

  /**
   * How often a call is tried while the server does not answer; 1: never again. A call that must
   * not be done twice is tried again only if it reached no server.
   */
  public TfregClientBuilder maxAttempts(int maxAttempts) {
    this.maxAttempts = maxAttempts;
    return this;
  }

  /**
   * Where pulled models are kept. Default: {@code $TFREG_CACHE}, else {@code
   * $XDG_CACHE_HOME/tfreg}, else {@code ~/.cache/tfreg}.
   */
  public TfregClientBuilder cacheDir(Path cacheDir) {
    this.cacheDir = cacheDir;
    return this;
  }

  /** Encrypts the connection. Without it, connections are plaintext. */
  public TfregClientBuilder tls(Tls tls) {
    this.tls = Optional.of(tls);
    return this;
  }

  /** Sends this token with every call, as {@code authorization: Bearer}. */
  public TfregClientBuilder token(String token) {
    return token(() -> token);
  }

  /**
   * Sends a token with every call, as {@code authorization: Bearer}. It is asked for before each
   * call, by any thread, so that it can be renewed; whoever gives it should keep it at hand.
   */
  public TfregClientBuilder token(Supplier<String> token) {
    this.token = Optional.of(token);
    return this;
  }

  /** Sends the token also where anyone on the way can read it. */
  public TfregClientBuilder tokenInPlaintext(boolean allowed) {
    this.tokenInPlaintext = allowed;
    return this;
  }

  /**
   * Connects to nobody: resolve and pull answer what they answered before through the same cache
   * folder, to the same address and options, and everything else fails with the reason OFFLINE.
   */
  public TfregClientBuilder offline(boolean offline) {
    this.offline = offline;
    return this;
  }

  /**
   * Returns the client.
   *
   * @throws TfregException if the address is none, the files of TLS cannot be read, or a token
   *     would be sent in plaintext
   */
  public TfregClient build() {
    String target = Address.target(address);
    if (token.isPresent() && tls.isEmpty() && !tokenInPlaintext && !Address.isLocal(address)) {
      throw tokenUnprotected();
    }
    if (offline) {
      return build(
          new OfflineChannel(new KeptAnswers(new CacheFolders(cacheDir), address), address));
    }
    ChannelCredentials credentials =
        tls.map(Tls::credentials).orElseGet(InsecureChannelCredentials::create);
    return build(connection(target, credentials));
  }

  private ManagedChannel connection(String target, ChannelCredentials credentials) {
    try {
      return NettyChannelBuilder.forTarget(target, credentials)
          .maxInboundMessageSize(MAX_MESSAGE_BYTES)
          .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
          .build();
    } catch (IllegalArgumentException unfit) {
      throw tls.orElseThrow(() -> unfit).invalid(unfit);
    }
  }

  /** Returns a client on a channel of somebody else's making. */
  TfregClient build(ManagedChannel channel) {
    Retry retry = new Retry(maxAttempts, Duration.ofMillis(100), Duration.ofSeconds(2));
    CacheFolders cache = new CacheFolders(cacheDir);
    List<ClientInterceptor> interceptors = new ArrayList<>();
    token.ifPresent(given -> interceptors.add(new TokenSender(new BearerToken(given))));
    if (!offline) {
      interceptors.add(new AnswerKeeper(new KeptAnswers(cache, address)));
    }
    Calls calls =
        new Calls(
            channel, address, deadline, retry, interceptors.toArray(ClientInterceptor[]::new));
    return new GrpcClient(calls, cache);
  }

  private TfregException tokenUnprotected() {
    String hint = "Add tls(...), or allow it by tokenInPlaintext(true).";
    return new TfregException(
        TfregException.Kind.INVALID_ARGUMENT,
        "REQUEST_INVALID",
        "The token would travel to " + address + " in plaintext. " + hint,
        Map.of("address", address, "hint", hint));
  }
}
