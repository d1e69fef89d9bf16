package dev.tfreg.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/** Turns the pages of a list, one call after the other. */
final class Pages<P, T> {
  private final Function<String, CompletableFuture<P>> ask;
  private final Function<P, Stream<T>> entries;
  private final Function<P, String> next;
  private final List<T> found = new ArrayList<>();
  private final Answer<List<T>> answer = new Answer<>();

  private Pages(
      Function<String, CompletableFuture<P>> ask,
      Function<P, Stream<T>> entries,
      Function<P, String> next) {
    this.ask = ask;
    this.entries = entries;
    this.next = next;
  }

  /**
   * Returns the entries of all pages.
   *
   * @param ask asks for the page of a token
   * @param next returns the token of the next page; empty after the last one
   */
  static <P, T> CompletableFuture<List<T>> all(
      Function<String, CompletableFuture<P>> ask,
      Function<P, Stream<T>> entries,
      Function<P, String> next) {
    Pages<P, T> pages = new Pages<>(ask, entries, next);
    pages.turn("");
    return pages.answer;
  }

  private void turn(String token) {
    answer.then(
        ask.apply(token),
        page -> {
          entries.apply(page).forEach(found::add);
          String following = next.apply(page);
          if (following.isEmpty()) {
            answer.complete(List.copyOf(found));
          } else {
            turn(following);
          }
        });
  }
}
