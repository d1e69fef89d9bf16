package dev.tfreg.client;

import java.util.List;

/** What a {@link WatchLoop} tells; called by one thread at a time. */
interface WatchSink {
  /**
   * A connection is there.
   *
   * @param fresh whether it starts from now: what happened before is not told
   */
  void opened(long sequence, boolean fresh);

  /**
   * Something happened, or nothing for a while.
   *
   * @param sequence everything up to this number is told with it
   * @param more asks for the next group; called once this one is done with
   */
  void told(List<Event> events, long sequence, Runnable more);

  /** The connection is lost; the loop makes a new one. */
  void lost(TfregException cause);

  /**
   * The server refuses to go on, so that trying again as before is in vain.
   *
   * @return whether to watch afresh from now on, after a pause; false ends the loop
   */
  boolean refused(TfregException failure);

  /** The loop has ended, closed or refused; called once, by whichever thread. */
  void ended();
}
