package dev.tfreg.client;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalLong;

/** The events of a watch, handed out to a thread that waits for them. */
final class QueuedEvents implements EventStream, WatchSink {
  private final WatchLoop loop;

  // All below are guarded by this.
  private final Deque<Group> groups = new ArrayDeque<>();
  private OptionalLong sequence;
  private boolean connected;
  private boolean closed;
  private boolean ended;
  private TfregException failure;

  QueuedEvents(Watches watches, WatchOptions options) {
    this.sequence = options.afterSequence();
    this.loop = watches.loop(options, this);
    loop.start();
  }

  @Override
  public synchronized boolean hasNext() {
    try {
      while (!settled()) {
        wait();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw interrupted(interrupted);
    }
    if (!closed && groups.isEmpty() && failure != null) {
      throw failure;
    }
    return !closed && !groups.isEmpty();
  }

  /** Whether there is an event, or will never be one. */
  private boolean settled() {
    dropEmpty();
    return closed || ended || failure != null || !groups.isEmpty();
  }

  @Override
  public synchronized Event next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The stream of events is closed.");
    }
    Event event = groups.peek().events.next();
    sequence = OptionalLong.of(event.sequence());
    dropEmpty();
    return event;
  }

  @Override
  public synchronized OptionalLong sequence() {
    return sequence;
  }

  @Override
  public synchronized boolean connected() {
    return connected;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    loop.close();
  }

  @Override
  public synchronized void ended() {
    ended = true;
    connected = false;
    notifyAll();
  }

  @Override
  public synchronized void opened(long opened, boolean fresh) {
    connected = true;
    if (fresh) {
      sequence = OptionalLong.of(opened);
    }
  }

  @Override
  public synchronized void told(List<Event> events, long told, Runnable more) {
    groups.add(new Group(events.iterator(), told, more));
    if (groups.size() == 1) {
      dropEmpty();
    }
    notifyAll();
  }

  @Override
  public synchronized void lost(TfregException cause) {
    connected = false;
  }

  @Override
  public synchronized boolean refused(TfregException cause) {
    connected = false;
    failure = cause;
    notifyAll();
    return false;
  }

  /**
   * Asks for more where a group is handed out; so the server sends no faster than they are read.
   */
  private void dropEmpty() {
    while (!groups.isEmpty() && !groups.peek().events.hasNext()) {
      Group done = groups.remove();
      sequence = OptionalLong.of(done.sequence);
      done.more.run();
    }
  }

  private static TfregException interrupted(InterruptedException cause) {
    String hint = "Go on with hasNext() if it was not meant to be: nothing is lost.";
    return new TfregException(
        TfregException.Kind.CANCELLED,
        "CANCELLED",
        "The thread was interrupted while it waited for an event. " + hint,
        Map.of("hint", hint),
        cause);
  }

  /** Events that came together. */
  private static final class Group {
    private final Iterator<Event> events;
    private final long sequence;
    private final Runnable more;

    Group(Iterator<Event> events, long sequence, Runnable more) {
      this.events = events;
      this.sequence = sequence;
      this.more = more;
    }
  }
}
