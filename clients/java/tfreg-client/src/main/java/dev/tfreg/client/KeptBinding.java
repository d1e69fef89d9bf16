package dev.tfreg.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/** What is known about one question, and the one call that asks it again. */
final class KeptBinding {
  private final ResolveOptions options;
  private final Reference reference;

  /** What is answered locally; null: the registry must be asked. */
  private volatile Binding fresh;

  /** Whether it was used since {@link #wasUsed} was asked; a lost write does no harm. */
  private boolean used;

  // All below are guarded by this.
  private Binding lastKnown;
  private Asking asking;
  private long changes;

  KeptBinding(ResolveOptions options, Reference reference) {
    this.options = options;
    this.reference = reference;
  }

  ResolveOptions options() {
    return options;
  }

  String model() {
    return reference.model();
  }

  /** Returns the answer; null if the registry must be asked. */
  Binding hit() {
    Binding found = fresh;
    if (found != null && !used) {
      used = true;
    }
    return found;
  }

  /** Whether it was used since this was asked last. */
  boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  /** Something happened; answers that are on their way may be from before. */
  synchronized void happened(Event event) {
    // What an answer on its way will be about is not known: any event of the model may concern it.
    if (Meaning.mayChange(event, reference, asking == null ? lastKnown : null)) {
      outdate();
    }
  }

  /** What is known may be wrong; who asks from now on does not wait for an older question. */
  synchronized void outdate() {
    changes++;
    fresh = null;
    asking = null;
  }

  /**
   * Returns the answer, or the one of the call that is under way, or of a new one.
   *
   * @param server asks for what differs from a revision; empty: nothing does
   * @param away whether a failure means that the registry cannot be asked, so that the last known
   *     answer is given
   * @param keep whether the answer may be given again: changes to it will be heard of
   */
  CompletableFuture<Binding> ask(
      Function<String, CompletableFuture<Optional<Binding>>> server,
      Predicate<TfregException> away,
      boolean keep) {
    Asking started;
    synchronized (this) {
      Binding now = hit();
      if (now != null) {
        return CompletableFuture.completedFuture(now);
      }
      if (asking != null) {
        return asking.answer;
      }
      started = new Asking(lastKnown, changes, keep, away);
      asking = started;
    }
    String revision = started.known == null ? "" : started.known.revision();
    var unused = server.apply(revision).whenComplete(started::answered);
    return started.answer;
  }

  /** A question that was sent. */
  private final class Asking {
    private final CompletableFuture<Binding> answer = new CompletableFuture<>();
    private final Binding known;
    private final long asOf;
    private final boolean keep;
    private final Predicate<TfregException> away;

    Asking(Binding known, long asOf, boolean keep, Predicate<TfregException> away) {
      this.known = known;
      this.asOf = asOf;
      this.keep = keep;
      this.away = away;
    }

    private void answered(Optional<Binding> found, Throwable failure) {
      if (failure == null && (found.isPresent() || known != null)) {
        answer.complete(settle(found.orElse(known), keep));
      } else if (known != null && isAway(failure)) {
        answer.complete(settle(known, false));
      } else {
        settle(null, false);
        answer.completeExceptionally(failure == null ? Bindings.unasked() : failure);
      }
    }

    private boolean isAway(Throwable failure) {
      return failure instanceof TfregException && away.test((TfregException) failure);
    }

    private Binding settle(Binding binding, boolean kept) {
      synchronized (KeptBinding.this) {
        if (asking == this) {
          asking = null;
        }
        if (changes == asOf) {
          lastKnown = binding;
          fresh = kept ? binding : null;
        }
      }
      return binding;
    }
  }
}
