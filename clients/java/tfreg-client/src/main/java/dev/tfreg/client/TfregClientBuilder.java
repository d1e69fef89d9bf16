package dev.tfreg.client;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;

/** Settings of a {@link TfregClient}. Connections are plaintext. */
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
  private Path cacheDir =
      CacheFolders.defaultRoot(System.getenv(), System.getProperty("user.home"));

  TfregClientBuilder(String address) {
    this.address = address;
  }

  /** How long a call may take with all its tries; pulls have this and a second for each MiB. */
  public TfregClientBuilder deadline(Duration deadline) {
    this.deadline = deadline;
    return this;
  }

  /** How often a call is tried while the server does not answer; 1: never again. */
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

  /**
   * Returns the client.
   *
   * @throws TfregException if the address is none
   */
  public TfregClient build() {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(Address.target(address), InsecureChannelCredentials.create())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
            .build();
    return build(channel);
  }

  /** Returns a client on a channel of somebody else's making. */
  TfregClient build(ManagedChannel channel) {
    Retry retry = new Retry(maxAttempts, Duration.ofMillis(100), Duration.ofSeconds(2));
    return new GrpcClient(new Calls(channel, address, deadline, retry), new CacheFolders(cacheDir));
  }
}
