package dev.tfreg.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * A future that ends what it waits for when its owner cancels it or completes it otherwise. Such a
 * future fails with the {@link TfregException} itself, not with one that wraps it.
 */
final class Answer<T> extends CompletableFuture<T> {
  private volatile Runnable stop = () -> {};

  Answer() {
    var unused = whenComplete((value, failure) -> stop.run());
  }

  /** Says how to end what this future waits for from now on; harmless if it has ended. */
  void waitsFor(Runnable stop) {
    this.stop = stop;
    if (isDone()) {
      stop.run();
    }
  }

  /** Completes this as {@code source} does, changed by {@code mapping}. */
  <S> void follow(CompletableFuture<S> source, Function<S, T> mapping) {
    waitsFor(() -> source.cancel(true));
    then(source, value -> complete(mapping.apply(value)));
  }

  /** Goes on with what {@code source} gives; fails as it fails. */
  <S> void then(CompletableFuture<S> source, Step<S> step) {
    waitsFor(() -> source.cancel(true));
    heed(source, step);
  }

  /** Returns a future that completes as {@code source} does, and leaves it alone when cancelled. */
  static <T> CompletableFuture<T> copyOf(CompletableFuture<T> source) {
    Answer<T> copy = new Answer<>();
    copy.heed(source, copy::complete);
    return copy;
  }

  private <S> void heed(CompletableFuture<S> source, Step<S> step) {
    var unused =
        source.whenComplete(
            (value, failure) -> {
              if (failure != null) {
                completeExceptionally(unwrapped(failure));
                return;
              }
              try {
                step.take(value);
              } catch (RuntimeException | Error thrown) {
                completeExceptionally(thrown);
              }
            });
  }

  /** Returns what failed, without what futures wrap around it. */
  static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** What is done with an answer. */
  interface Step<S> {
    void take(S value);
  }
}
