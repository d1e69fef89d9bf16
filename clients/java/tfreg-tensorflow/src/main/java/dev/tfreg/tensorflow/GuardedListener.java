package dev.tfreg.tensorflow;

import java.util.function.Consumer;

/** Tells a listener, whose own failures are its own. */
final class GuardedListener {
  private static final System.Logger LOG = System.getLogger("dev.tfreg.tensorflow");

  private final FollowListener listener;

  GuardedListener(FollowListener listener) {
    this.listener = listener;
  }

  /** Calls the listener; what it throws goes to the log. */
  void tell(Consumer<FollowListener> call) {
    try {
      call.accept(listener);
    } catch (RuntimeException | Error thrown) {
      LOG.log(System.Logger.Level.WARNING, "A FollowListener threw; the model follows on.", thrown);
    }
  }
}
