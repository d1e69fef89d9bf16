package dev.tfreg.client;

import dev.tfreg.client.TfregException.Kind;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.Map;

/** Makes a {@link TfregException} of a failure of this machine's disk. */
final class LocalFailure {
  private LocalFailure() {}

  static TfregException of(IOException failure) {
    if (failure instanceof ClosedByInterruptException
        || failure instanceof FileLockInterruptionException) {
      return interrupted("pull", failure);
    }
    if (String.valueOf(failure.getMessage()).contains("No space left")) {
      return failed(
          Kind.RESOURCE_EXHAUSTED,
          "STORAGE_FULL",
          "The disk of the cache or of the destination is full.",
          "Make room and pull again: it goes on where it stopped.",
          failure);
    }
    return failed(
        Kind.FAILED_PRECONDITION,
        "LOCAL_IO_FAILED",
        "The cache or the destination cannot be used: " + failure + ".",
        "Check its permissions, or choose another folder by TFREG_CACHE.",
        failure);
  }

  /** A failure to read what is pushed. */
  static TfregException ofSource(IOException failure) {
    if (failure instanceof ClosedByInterruptException) {
      return interrupted("push", failure);
    }
    return failed(
        Kind.FAILED_PRECONDITION,
        "LOCAL_IO_FAILED",
        "The files to push cannot be read: " + failure + ".",
        "Check their permissions.",
        failure);
  }

  /** What is told of a {@code pull} or {@code push} whose thread was interrupted. */
  static TfregException interrupted(String what, Exception cause) {
    return failed(
        Kind.CANCELLED,
        "CANCELLED",
        "The " + what + " was interrupted.",
        "Repeat the " + what + ": it goes on where it stopped.",
        cause);
  }

  private static TfregException failed(
      Kind kind, String reason, String message, String hint, Exception cause) {
    return new TfregException(kind, reason, message + " " + hint, Map.of("hint", hint), cause);
  }
}
