package dev.tfreg.client;

import java.util.OptionalLong;

/** A watch whose listener is being told; it goes on until it is closed or fails. */
public interface Watching extends AutoCloseable {
  /**
   * Everything up to this number has been told, and the listener has returned: who watches from
   * here later misses nothing and hears nothing twice. Empty until the first connection, unless the
   * options said where to start.
   */
  OptionalLong sequence();

  /** Whether the connection is there. */
  boolean connected();

  /** Ends the watch. An event that is being told at this moment may still be. */
  @Override
  void close();
}
