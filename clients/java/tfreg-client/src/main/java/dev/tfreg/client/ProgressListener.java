package dev.tfreg.client;

/** Told how far a conversion is. */
@FunctionalInterface
public interface ProgressListener {
  /** Called by the thread that waits for the conversion; what it throws ends the waiting. */
  void progressed(Job job);
}
