package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.time.Duration;

/**
 * Exchanges the version of a model. The new one is loaded beside the old one, and takes over only
 * once it has proved itself.
 */
final class Swap {
  private final SwappableModel model;
  private final InterfaceCheck callers;
  private final SelfTest selfTest;
  private final Duration drain;

  // Both are guarded by this.
  private long count;
  private boolean ended;

  /** Callers rely on the interface of the version that serves now, and will go on doing so. */
  Swap(SwappableModel model, FollowOptions options) {
    this.model = model;
    this.callers = InterfaceCheck.of(model.current());
    this.selfTest = new SelfTest(model.loader().client(), options);
    this.drain = options.drain();
  }

  /**
   * Lets a version take over, waits for the runs of the old one and frees it. A run that does not
   * end in time holds up nothing but the freeing of its version.
   *
   * @param version its reference
   * @return the old version
   * @throws TfregException the new version is not taken, and freed; the old one serves on
   */
  LoadedModel perform(String version) {
    Generation next = model.loader().load(model.options(), version);
    Generation before;
    try {
      callers.check(next);
      selfTest.run(next);
      before = exchange(next);
    } catch (RuntimeException | Error failure) {
      next.close();
      throw failure;
    }
    if (!before.close(drain)) {
      Thread late = new Thread(before::close, "tfreg-drain-" + before.loaded());
      late.setDaemon(true);
      late.start();
    }
    return before.loaded();
  }

  private synchronized Generation exchange(Generation next) {
    if (ended) {
      throw Failures.modelClosed(model.options().reference());
    }
    Generation before = model.swap(next);
    count++;
    return before;
  }

  /** How many versions have taken over. */
  synchronized long count() {
    return count;
  }

  /** From now on no version takes over any more. */
  synchronized void end() {
    ended = true;
  }
}
