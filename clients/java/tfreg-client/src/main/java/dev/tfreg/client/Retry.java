package dev.tfreg.client;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** When to try again: while the server does not answer, a few times, each after a longer pause. */
final class Retry {
  private final int maxAttempts;
  private final Duration firstPause;
  private final Duration longestPause;

  Retry(int maxAttempts, Duration firstPause, Duration longestPause) {
    this.maxAttempts = maxAttempts;
    this.firstPause = firstPause;
    this.longestPause = longestPause;
  }

  /** Whether a call that may be repeated may be tried again after {@code failed} tries. */
  boolean allows(StatusRuntimeException failure, int failed) {
    return failed < maxAttempts && isAway(failure.getStatus());
  }

  /**
   * Whether the server went away. One that is being stopped cancels the calls under way; a caller's
   * own cancelling, or its thread's interruption, has a cause or is not asked about.
   */
  private static boolean isAway(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE
        || (status.getCode() == Status.Code.CANCELLED && status.getCause() == null);
  }

  /** Whether a call may be tried again that changes something: only if it reached no server. */
  boolean allowsUnseen(StatusRuntimeException failure, int failed) {
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException) {
        return allows(failure, failed);
      }
    }
    return false;
  }

  /** Returns how long to wait after {@code failed} tries; half of it by chance. */
  Duration pauseAfter(int failed) {
    long doubled = firstPause.toMillis() << Math.min(failed - 1, 20);
    long most = Math.min(doubled, longestPause.toMillis());
    return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
  }
}
