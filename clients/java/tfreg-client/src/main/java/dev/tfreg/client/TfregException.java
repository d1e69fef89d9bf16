package dev.tfreg.client;

import java.util.Map;

/** The one exception of this client. Its message names the thing, the reason and the next step. */
public final class TfregException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a caller can do about a failure; the names of grpc's status codes. */
  public enum Kind {
    /** The request is wrong; sending it again will not help. */
    INVALID_ARGUMENT,
    /** The thing named does not exist. */
    NOT_FOUND,
    /** The state of the model or of the disk forbids it. */
    FAILED_PRECONDITION,
    /** Somebody else was first; read the state again and decide. */
    ABORTED,
    /** A limit or the disk is reached. */
    RESOURCE_EXHAUSTED,
    /** Bytes are gone or damaged. */
    DATA_LOSS,
    /** The server does not answer; try again later. */
    UNAVAILABLE,
    /** The answer did not come in time. */
    DEADLINE_EXCEEDED,
    /** The caller gave up, or its thread was interrupted. */
    CANCELLED,
    /** The server does not know who the caller is. */
    UNAUTHENTICATED,
    /** The caller may not do this. */
    PERMISSION_DENIED,
    /** A bug, or a server that is not a tfreg registry. */
    INTERNAL
  }

  private final Kind kind;
  private final String reason;
  private final transient Map<String, String> metadata;

  TfregException(Kind kind, String reason, String message, Map<String, String> metadata) {
    this(kind, reason, message, metadata, null);
  }

  TfregException(
      Kind kind, String reason, String message, Map<String, String> metadata, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
  }

  /**
   * Returns a failure of a module that builds on this client.
   *
   * @param cause null if there is none
   */
  public static TfregException of(
      Kind kind, String reason, String message, Map<String, String> metadata, Throwable cause) {
    return new TfregException(kind, reason, message, metadata, cause);
  }

  /** What a caller can do about it. */
  public Kind kind() {
    return kind;
  }

  /** The stable name of the reason, such as {@code ALIAS_NOT_FOUND}; see docs/errors.md. */
  public String reason() {
    return reason;
  }

  /** The facts of the case, such as {@code nearest}; {@code hint} holds the next step. */
  public Map<String, String> metadata() {
    return metadata == null ? Map.of() : metadata;
  }
}
