package dev.tfreg.tensorflow;

/** A model that follows its alias. Closing this ends the following; the model stays loaded. */
public interface Following extends AutoCloseable {
  /** Whether the registry is heard at present; if not, the last known good model serves on. */
  boolean connected();

  /** How many versions have taken over so far. */
  long swaps();

  @Override
  void close();
}
