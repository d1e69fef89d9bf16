package dev.tfreg.client;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Bindings that are answered locally until the registry tells that a reference may stand for
 * something else: {@link TfregClient#watched}.
 *
 * <p>The first question for a reference goes to the registry, and its model is watched from then
 * on. Every further one is a lookup in memory, which takes no lock and returns the same object.
 * Once an event is heard that can change the answer (the alias moved, a version was made or
 * deleted, something was added to the version), the next question goes to the registry again.
 *
 * <p>While the connection is lost, the last known answers are given, and {@link #stale} says so. It
 * heals by itself; what happened in the meantime is caught up with.
 */
public interface WatchedBindings extends AutoCloseable {
  /** As {@link TfregClient#resolve(String)}, locally if it can be. */
  Binding resolve(String reference);

  /**
   * As {@link TfregClient#resolve(ResolveOptions)}, locally if it can be. Make the options once:
   * looking up the same object is fastest.
   */
  Binding resolve(ResolveOptions options);

  /** As {@link #resolve(ResolveOptions)}; the future is complete already if it is known locally. */
  CompletableFuture<Binding> resolveAsync(ResolveOptions options);

  /** Whether answers may be out of date, because the registry cannot be heard. */
  boolean stale();

  /** Since when answers may be out of date; empty if they are not. */
  Optional<Instant> staleSince();

  /** Returns how many answers are kept. */
  int size();

  /** Ends the watch and forgets what is kept. Later questions all go to the registry. */
  @Override
  void close();
}
