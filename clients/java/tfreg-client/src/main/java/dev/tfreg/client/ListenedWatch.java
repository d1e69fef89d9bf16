package dev.tfreg.client;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Hands the events of a watch to a listener. */
final class ListenedWatch implements Watching, WatchSink {
  private final WatchListener listener;
  private final WatchLoop loop;
  private volatile OptionalLong sequence;
  private volatile boolean connected;
  private volatile boolean closed;

  ListenedWatch(Watches watches, WatchOptions options, WatchListener listener) {
    this.listener = listener;
    this.sequence = options.afterSequence();
    this.loop = watches.loop(options, this);
    loop.start();
  }

  @Override
  public OptionalLong sequence() {
    return sequence;
  }

  @Override
  public boolean connected() {
    return connected;
  }

  @Override
  public void close() {
    loop.close();
  }

  @Override
  public void ended() {
    closed = true;
    connected = false;
  }

  @Override
  public void opened(long opened, boolean fresh) {
    connected = true;
    OptionalLong from = fresh ? OptionalLong.of(opened) : sequence;
    sequence = from;
    tell(() -> listener.onConnected(from.orElse(opened)));
  }

  @Override
  public void told(List<Event> events, long told, Runnable more) {
    for (Event event : events) {
      if (closed) {
        return;
      }
      tell(() -> listener.onEvent(event));
      if (!closed) {
        sequence = OptionalLong.of(event.sequence());
      }
    }
    if (!closed) {
      sequence = OptionalLong.of(told);
      more.run();
    }
  }

  @Override
  public void lost(TfregException cause) {
    connected = false;
    tell(() -> listener.onDisconnected(cause));
  }

  @Override
  public boolean refused(TfregException failure) {
    connected = false;
    listener.onFailed(failure);
    return false;
  }

  /** What a listener throws ends the watch: the event was not taken, and the next must not be. */
  private void tell(Runnable telling) {
    try {
      telling.run();
    } catch (RuntimeException | Error thrown) {
      close();
      String hint = "Catch in the listener what may fail, and watch again after sequence().";
      listener.onFailed(
          new TfregException(
              TfregException.Kind.INTERNAL,
              "LISTENER_FAILED",
              "The listener of a watch threw " + thrown + ". " + hint,
              Map.of("hint", hint),
              thrown));
    }
  }
}
