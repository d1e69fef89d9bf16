package dev.tfreg.client;

import java.util.Iterator;
import java.util.OptionalLong;

/**
 * Events as they happen: {@link #hasNext} waits for the next one. For one thread, except for {@link
 * #close}. Lost connections are made again without missing or doubling an event.
 */
public interface EventStream extends Iterator<Event>, AutoCloseable {
  /**
   * Waits for the next event.
   *
   * @return false once this stream is closed
   * @throws TfregException if the watch has failed, such as SEQUENCE_UNKNOWN, or this thread is
   *     interrupted
   */
  @Override
  boolean hasNext();

  /**
   * Waits for the next event and returns it.
   *
   * @throws java.util.NoSuchElementException once this stream is closed
   */
  @Override
  Event next();

  /**
   * Everything up to this number has been returned by {@link #next}: where to go on later. Empty
   * until the first connection, unless the options said where to start.
   */
  OptionalLong sequence();

  /** Whether the connection is there. */
  boolean connected();

  /** Ends the stream, and whoever waits for its next event. */
  @Override
  void close();
}
