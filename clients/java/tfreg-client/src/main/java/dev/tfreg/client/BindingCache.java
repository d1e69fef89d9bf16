package dev.tfreg.client;

import io.grpc.Status;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Bindings kept in memory, and the one watch that says when they end.
 *
 * <p>Why nothing is missed: a model is watched from a sequence number on that was told before the
 * registry is asked about it, and an answer is not kept if an event came after its question was
 * sent. A watch that starts from now, which is the first one and the one after SEQUENCE_UNKNOWN,
 * makes all be asked again.
 */
final class BindingCache implements WatchedBindings, WatchSink {
  /** With more models all are watched, and what is not of interest is passed over here. */
  private static final int MAX_NAMED_MODELS = 500;

  private final Calls calls;
  private final Bindings bindings;
  private final Watches watches;
  private final int maxBindings;
  private final Staleness staleness;
  private final Map<String, KeptBinding> byReference = new ConcurrentHashMap<>();
  private final Map<ResolveOptions, KeptBinding> byOptions = new ConcurrentHashMap<>();

  /** Completes when the first connection is there, or cannot be made. */
  private final CompletableFuture<Void> tried = new CompletableFuture<>();

  /** Whether everything that happens to the watched models from now on will be told. */
  private volatile boolean listening;

  // All below are guarded by this.
  private final Map<String, Integer> questionsByModel = new HashMap<>();
  private final Deque<KeptBinding> clock = new ArrayDeque<>();
  private Set<String> watched = Set.of(); // Empty: all.
  private WatchLoop loop;
  private boolean closed;

  BindingCache(Calls calls, Bindings bindings, Watches watches, WatchedOptions options) {
    this.calls = calls;
    this.bindings = bindings;
    this.watches = watches;
    this.maxBindings = options.maxBindings();
    this.staleness = new Staleness(options.listener());
  }

  @Override
  public Binding resolve(String reference) {
    KeptBinding kept = byReference.get(reference);
    Binding known = kept == null ? null : kept.hit();
    return known != null ? known : await(ask(ResolveOptions.builder(reference).build()));
  }

  @Override
  public Binding resolve(ResolveOptions options) {
    KeptBinding kept = byOptions.get(options);
    Binding known = kept == null ? null : kept.hit();
    return known != null ? known : await(ask(options));
  }

  @Override
  public CompletableFuture<Binding> resolveAsync(ResolveOptions options) {
    return Answer.copyOf(ask(options)); // Others may wait for the same call.
  }

  @Override
  public boolean stale() {
    return staleness.since().isPresent();
  }

  @Override
  public Optional<Instant> staleSince() {
    return staleness.since();
  }

  @Override
  public int size() {
    return byOptions.size();
  }

  @Override
  public void close() {
    WatchLoop ended;
    synchronized (this) {
      closed = true;
      ended = loop;
      byReference.clear();
      byOptions.clear();
      clock.clear();
      questionsByModel.clear();
    }
    listening = false;
    tried.complete(null);
    if (ended != null) {
      ended.close();
    }
  }

  @Override
  public void ended() {
    close();
  }

  private CompletableFuture<Binding> ask(ResolveOptions options) {
    KeptBinding kept = byOptions.get(options);
    KeptBinding question = kept != null ? kept : keep(options);
    if (tried.isDone()) {
      return askServer(question);
    }
    return tried
        .copy()
        .completeOnTimeout(null, calls.deadline().toNanos(), TimeUnit.NANOSECONDS)
        .thenCompose(connected -> askServer(question));
  }

  private CompletableFuture<Binding> askServer(KeptBinding question) {
    CompletableFuture<Binding> answer =
        question.ask(revision -> askServer(question.options(), revision), this::isAway, listening);
    var unused =
        answer.whenComplete(
            (binding, failure) -> {
              if (failure != null) {
                forget(question);
              }
            });
    return answer;
  }

  private CompletableFuture<Optional<Binding>> askServer(ResolveOptions options, String revision) {
    Answer<Optional<Binding>> answer = new Answer<>();
    answer.follow(
        bindings.resolveAsync(options, revision),
        found -> {
          staleness.answered();
          return found;
        });
    return answer;
  }

  private boolean isAway(TfregException failure) {
    boolean away =
        failure.kind() == TfregException.Kind.UNAVAILABLE
            || failure.kind() == TfregException.Kind.DEADLINE_EXCEEDED;
    if (away) {
      staleness.unanswered(failure);
    }
    return away;
  }

  /** Makes room for a question, and watches its model. */
  private KeptBinding keep(ResolveOptions options) {
    KeptBinding question = new KeptBinding(options, Reference.parse(options.reference()));
    synchronized (this) {
      KeptBinding other = byOptions.get(options);
      if (closed || other != null) {
        return other != null ? other : question;
      }
      while (byOptions.size() >= maxBindings) {
        makeRoom();
      }
      byOptions.put(options, question);
      clock.add(question);
      if (options.equals(ResolveOptions.builder(options.reference()).build())) {
        byReference.put(options.reference(), question);
      }
      questionsByModel.merge(question.model(), 1, Integer::sum);
      if (loop == null || (!watched.isEmpty() && !watched.contains(question.model()))) {
        watch();
      }
    }
    return question;
  }

  /** Drops the one that was not used for the longest time, or nearly so. */
  private void makeRoom() {
    KeptBinding oldest = clock.remove();
    if (oldest.wasUsed()) {
      clock.add(oldest);
    } else {
      forget(oldest);
    }
  }

  private synchronized void forget(KeptBinding question) {
    if (!byOptions.remove(question.options(), question)) {
      return;
    }
    byReference.remove(question.options().reference(), question);
    clock.remove(question);
    questionsByModel.computeIfPresent(
        question.model(), (model, count) -> count == 1 ? null : count - 1);
  }

  private void watch() {
    boolean all = questionsByModel.size() > MAX_NAMED_MODELS;
    watched = all ? Set.of() : Set.copyOf(questionsByModel.keySet());
    if (loop == null) {
      loop = watches.loop(WatchOptions.builder().models(watched).build(), this);
      loop.start();
    } else {
      loop.models(watched);
    }
  }

  @Override
  public void opened(long sequence, boolean fresh) {
    if (fresh) {
      outdateAll();
      listening = true;
    }
    staleness.connected();
    tried.complete(null);
  }

  @Override
  public void told(List<Event> events, long sequence, Runnable more) {
    for (Event event : events) {
      byOptions.values().forEach(kept -> kept.happened(event));
    }
    more.run();
  }

  @Override
  public void lost(TfregException cause) {
    staleness.lost(cause);
    tried.complete(null);
  }

  @Override
  public boolean refused(TfregException failure) {
    listening = false;
    outdateAll();
    lost(failure);
    return true;
  }

  private void outdateAll() {
    byOptions.values().forEach(KeptBinding::outdate);
  }

  private Binding await(CompletableFuture<Binding> answer) {
    try {
      return answer.get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw calls.failed(Status.CANCELLED.withCause(interrupted).asRuntimeException());
    } catch (ExecutionException failure) {
      Throwable cause = Answer.unwrapped(failure.getCause());
      if (cause instanceof TfregException) {
        throw (TfregException) cause;
      }
      throw new IllegalStateException(cause);
    }
  }
}
