package dev.tfreg.tensorflow;

import dev.tfreg.client.Event;
import dev.tfreg.client.EventKind;
import dev.tfreg.client.Reference;
import dev.tfreg.client.TfregException;
import dev.tfreg.client.TfregException.Kind;
import dev.tfreg.client.WatchListener;
import dev.tfreg.client.WatchOptions;
import dev.tfreg.client.Watching;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lets a model follow what its reference stands for. The watch only says that something moved; a
 * thread of this then asks what the reference stands for now. So several quick moves are one, and a
 * move that was missed is found when the registry is heard again.
 */
final class Follower implements Following, WatchListener {
  private static final Set<EventKind> MOVES_NEWEST =
      EnumSet.of(EventKind.VERSION_CREATED, EventKind.VERSION_DELETED, EventKind.VERSION_UNDELETED);

  /** Failures that pass by themselves. */
  private static final Set<Kind> PASSING =
      EnumSet.of(Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED, Kind.ABORTED, Kind.RESOURCE_EXHAUSTED);

  /** After which what failed for a reason that may pass is tried again. */
  private static final long RETRY_S = 30;

  private final SwappableModel model;
  private final Reference reference;
  private final Swap swap;
  private final GuardedListener listener;
  private final Consumer<Follower> whenClosed;
  private final ScheduledThreadPoolExecutor worker;

  /** The version that was not taken last; 0: none. Only the worker uses it. */
  private long refused;

  // All below are guarded by this.
  private Watching watching;
  private boolean connected;
  private boolean closed;
  private boolean looksLater;

  Follower(SwappableModel model, FollowOptions options, Consumer<Follower> whenClosed) {
    this.model = model;
    this.reference = Reference.parse(model.options().reference());
    if (reference.version().isPresent() || reference.digest().isPresent()) {
      throw neverMoves(reference);
    }
    this.swap = new Swap(model, options);
    this.listener = new GuardedListener(options.listener());
    this.whenClosed = whenClosed;
    this.worker = new ScheduledThreadPoolExecutor(1, this::thread);
    worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  private static TfregException neverMoves(Reference fixed) {
    return Failures.of(
        Kind.FAILED_PRECONDITION,
        "NEVER_MOVES",
        String.format("There is nothing to follow: %s is the same version for ever.", fixed),
        String.format(
            "Load an alias, such as %1$s@prod, or %1$s for the newest version.", fixed.model()),
        Map.of("reference", fixed.toString()));
  }

  private Thread thread(Runnable task) {
    Thread thread = new Thread(task, "tfreg-follow-" + reference);
    thread.setDaemon(true);
    return thread;
  }

  void start() {
    Watching started =
        model.loader().client().watch(WatchOptions.ofModels(reference.model()), this);
    synchronized (this) {
      watching = started;
      if (!closed) {
        return;
      }
    }
    started.close();
  }

  @Override
  public void onEvent(Event event) {
    if (moves(event)) {
      submit(
          () -> {
            if (leavesRefused(event)) {
              refused = 0;
            }
            look();
          });
    }
  }

  private boolean moves(Event event) {
    return reference.alias().isPresent()
        ? event.kind() == EventKind.ALIAS_MOVED && event.alias().equals(reference.alias().get())
        : MOVES_NEWEST.contains(event.kind());
  }

  /** Whether a later move to the refused version is another one than that which was refused. */
  private boolean leavesRefused(Event event) {
    return event.kind() == EventKind.ALIAS_MOVED
        ? event.fromVersion() == refused
        : event.kind() != EventKind.VERSION_CREATED;
  }

  @Override
  public void onConnected(long sequence) {
    if (heard(true)) {
      submit(() -> listener.tell(FollowListener::connected));
    }
    submit(this::look); // the alias may have moved before the registry was heard
  }

  @Override
  public void onDisconnected(TfregException cause) {
    if (heard(false)) {
      submit(() -> listener.tell(told -> told.disconnected(cause)));
    }
  }

  @Override
  public void onFailed(TfregException failure) {
    onDisconnected(failure);
    if (failure.reason().equals("SEQUENCE_UNKNOWN")) {
      start(); // the registry is another one, or its backup: its present state counts
    } else {
      later(this::start); // such as a token that is renewed
    }
  }

  /** Returns whether this is news. */
  private synchronized boolean heard(boolean now) {
    boolean news = connected != now;
    connected = now;
    return news;
  }

  private void look() {
    if (isClosed()) {
      return;
    }
    long wanted = 0;
    try {
      wanted = model.loader().client().getVersion(reference.toString()).number();
      if (wanted != model.loaded().version() && wanted != refused) {
        LoadedModel before = swap.perform(reference.model() + ":" + wanted);
        LoadedModel after = model.loaded();
        refused = 0;
        listener.tell(told -> told.swapped(before, after));
      }
    } catch (TfregException failure) {
      notTaken(wanted, failure);
    } catch (RuntimeException | Error failure) {
      String hint = "The version before serves on; move the alias again to try again.";
      notTaken(wanted, Failures.load(reference.toString(), hint, failure));
    }
  }

  private void notTaken(long version, TfregException failure) {
    if (isClosed()) {
      return;
    }
    boolean passes = PASSING.contains(failure.kind());
    refused = passes ? 0 : version;
    if (passes) {
      lookAgainLater();
    }
    if (version != 0 || !passes) {
      LoadedModel current = model.loaded();
      listener.tell(told -> told.refused(current, version, failure));
    }
  }

  private synchronized void lookAgainLater() {
    if (!looksLater) {
      looksLater = true;
      later(
          () -> {
            looked();
            look();
          });
    }
  }

  private synchronized void looked() {
    looksLater = false;
  }

  private synchronized void later(Runnable task) {
    if (!closed) {
      var unused = worker.schedule(task, RETRY_S, TimeUnit.SECONDS);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Waits until nothing is loaded, freed or told any more; for after {@link #close}. */
  boolean awaitEnd(Duration longest) throws InterruptedException {
    return worker.awaitTermination(longest.toNanos(), TimeUnit.NANOSECONDS);
  }

  private synchronized void submit(Runnable task) {
    if (!closed) {
      worker.execute(task);
    }
  }

  @Override
  public synchronized boolean connected() {
    return connected;
  }

  @Override
  public long swaps() {
    return swap.count();
  }

  @Override
  public void close() {
    Watching last;
    swap.end();
    synchronized (this) {
      closed = true;
      connected = false;
      last = watching;
      worker.shutdown();
    }
    if (last != null) {
      last.close();
    }
    whenClosed.accept(this);
  }
}
