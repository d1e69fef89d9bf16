package dev.tfreg.client;

import dev.tfreg.v1.RegistryServiceGrpc;
import dev.tfreg.v1.WatchRequest;
import dev.tfreg.v1.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One watch over any number of connections, one after the other. Each goes on after the sequence
 * number up to which everything was told, so nothing is missed and nothing told twice.
 *
 * <p>A call's callbacks come one at a time, and the next call starts when the last has ended: so
 * the sink is never called by two threads.
 */
final class WatchLoop {
  private static final CallOptions OPTIONS = CallOptions.DEFAULT;

  private final Calls calls;
  private final WatchSink sink;
  private final Duration longestSilence;
  private final String prefix;
  private final Consumer<WatchLoop> whenEnded;

  // All below are guarded by this.
  private Future<?> watchdog;
  private List<String> models;
  private OptionalLong position;
  private boolean reopening;
  private OptionalLong reopenAfter = OptionalLong.empty();
  private Connection current;
  private int failed;
  private boolean closed;

  /**
   * Makes the loop; {@link #start} lets it run.
   *
   * @param longestSilence after which a connection counts as lost; servers send something every 15
   *     s
   * @param whenEnded is given this loop when it has ended
   */
  WatchLoop(
      Calls calls,
      WatchOptions options,
      Duration longestSilence,
      WatchSink sink,
      Consumer<WatchLoop> whenEnded) {
    this.calls = calls;
    this.sink = sink;
    this.longestSilence = longestSilence;
    this.whenEnded = whenEnded;
    this.prefix = options.prefix();
    this.models = options.models();
    this.position = options.afterSequence();
  }

  void start() {
    long periodMillis = Math.max(1, longestSilence.toMillis() / 2);
    synchronized (this) {
      if (closed) {
        return;
      }
      watchdog = calls.async().every(Duration.ofMillis(periodMillis), this::dropSilent);
    }
    connect();
  }

  /**
   * Watches these models from now on. What happens to added ones is told from the moment of this
   * call, or from a little before.
   */
  void models(Collection<String> wanted) {
    Connection old;
    synchronized (this) {
      models = List.copyOf(wanted);
      if (current == null || reopening) {
        return;
      }
      // The old connection, which knows nothing of the added models, may tell a few groups more.
      reopening = true;
      reopenAfter = position;
      old = current;
    }
    old.cancel("The list of models has changed.");
  }

  void close() {
    Connection old;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      old = current;
      if (watchdog != null) {
        watchdog.cancel(false);
      }
    }
    if (old != null) {
      old.cancel("The watch was closed.");
    }
    whenEnded.accept(this);
    sink.ended();
  }

  private synchronized void connect() {
    if (closed) {
      return;
    }
    if (reopening) {
      position = reopenAfter;
      reopening = false;
    }
    WatchRequest.Builder request = WatchRequest.newBuilder().addAllModels(models).setPrefix(prefix);
    position.ifPresent(request::setAfterSequence);
    current = new Connection(position.isEmpty());
    current.start(request.build());
  }

  private void dropSilent() {
    Connection silent;
    synchronized (this) {
      silent = current;
    }
    if (silent != null) {
      silent.cancelIfSilent();
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void advance(long sequence) {
    position = OptionalLong.of(sequence);
    failed = 0;
  }

  private synchronized boolean isNew(Event event) {
    return position.isEmpty() || event.sequence() > position.getAsLong();
  }

  private void ended(StatusRuntimeException failure) {
    boolean atOnce;
    Duration pause;
    synchronized (this) {
      current = null;
      if (closed) {
        return;
      }
      atOnce = reopening;
      failed++;
      pause = calls.retry().pauseAfter(failed);
    }
    if (atOnce) {
      connect();
      return;
    }
    TfregException cause = calls.failed(failure);
    if (!isFinal(failure, cause)) {
      sink.lost(cause);
    } else if (sink.refused(cause)) {
      synchronized (this) {
        position = OptionalLong.empty();
      }
    } else {
      close();
      return;
    }
    connectAfter(pause);
  }

  private void connectAfter(Duration pause) {
    calls
        .async()
        .after(
            pause,
            () -> {
              calls.connectNow();
              connect();
            });
  }

  /** What a new connection will not change. */
  private static boolean isFinal(StatusRuntimeException failure, TfregException cause) {
    switch (cause.kind()) {
      case INVALID_ARGUMENT:
      case NOT_FOUND:
      case FAILED_PRECONDITION:
      case UNAUTHENTICATED:
      case PERMISSION_DENIED:
        return true;
      default:
        return failure.getStatus().getCode() == Status.Code.UNIMPLEMENTED;
    }
  }

  /** One call of Watch. */
  private final class Connection implements ClientResponseObserver<WatchRequest, WatchResponse> {
    private final ClientCall<WatchRequest, WatchResponse> call =
        calls.channel().newCall(RegistryServiceGrpc.getWatchMethod(), OPTIONS);
    private final boolean fresh;
    private boolean opened;
    private boolean dropped;
    // Since when a message is waited for; 0: it is not.
    private volatile long waitingSinceNanos = System.nanoTime();

    Connection(boolean fresh) {
      this.fresh = fresh;
    }

    void start(WatchRequest request) {
      ClientCalls.asyncServerStreamingCall(call, request, this);
    }

    void cancel(String why) {
      call.cancel(why, null);
    }

    synchronized void cancelIfSilent() {
      long since = waitingSinceNanos;
      if (since != 0 && System.nanoTime() - since > longestSilence.toNanos()) {
        dropped = true;
        cancel("The server was silent.");
      }
    }

    private void more() {
      waitingSinceNanos = System.nanoTime();
      call.request(1);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
      stream.disableAutoRequestWithInitial(1);
    }

    @Override
    public void onNext(WatchResponse response) {
      waitingSinceNanos = 0;
      if (isClosed()) {
        return;
      }
      List<Event> events =
          response.getEventsList().stream()
              .map(ModelMessages::event)
              .filter(WatchLoop.this::isNew)
              .collect(Collectors.toUnmodifiableList());
      if (!opened) {
        opened = true;
        if (fresh) {
          // Known before the sink hears of it: who adds a model then shall not start from now
          // again.
          advance(events.isEmpty() ? response.getSequence() : events.get(0).sequence() - 1);
        }
        sink.opened(response.getSequence(), fresh);
      }
      sink.told(events, response.getSequence(), this::more);
      advance(response.getSequence());
    }

    @Override
    public void onError(Throwable thrown) {
      StatusRuntimeException failure =
          Status.fromThrowable(thrown).asRuntimeException(Status.trailersFromThrowable(thrown));
      ended(wasDropped() ? silent() : failure);
    }

    @Override
    public void onCompleted() {
      ended(Status.UNAVAILABLE.withDescription("the server ended the watch").asRuntimeException());
    }

    private synchronized boolean wasDropped() {
      return dropped;
    }

    private StatusRuntimeException silent() {
      return Status.UNAVAILABLE
          .withDescription("nothing heard for " + longestSilence.toSeconds() + " s")
          .asRuntimeException();
    }
  }
}
