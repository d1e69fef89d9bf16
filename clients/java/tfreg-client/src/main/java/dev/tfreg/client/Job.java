package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.Optional;

/** A conversion that is worked on, or was. */
@AutoValue
public abstract class Job {
  Job() {}

  static Builder builder() {
    return new AutoValue_Job.Builder();
  }

  /** How far a job is. */
  public enum State {
    /** It waits for its turn. */
    QUEUED,
    /** It is worked on. */
    RUNNING,
    /** It is done; the version has the artifact. */
    DONE,
    /** It failed. */
    FAILED,
    /** Somebody cancelled it. */
    CANCELLED,
    /** The server does not say. */
    UNKNOWN
  }

  /** Opaque; {@link TfregClient#cancelJob} takes it. */
  public abstract String id();

  /** The model's name. */
  public abstract String model();

  /** The version. */
  public abstract long version();

  /** To what it converts. */
  public abstract String target();

  /** How far it is. */
  public abstract State state();

  /**
   * What is done now: {@code queued}, {@code fetching}, a step's name, {@code storing}, {@code
   * checking}.
   */
  public abstract String stage();

  /** How much of all is done, 0 to 1. */
  public abstract double share();

  /** For a person; may be empty. */
  public abstract String message();

  /** Digest of the result; empty until it is done. */
  public abstract Optional<String> artifactDigest();

  /** Why it failed; empty if it did not. */
  public abstract Optional<TfregException> failure();

  /** When it was asked for. */
  public abstract Instant createdAt();

  /** When it ended; empty if it did not. */
  public abstract Optional<Instant> endedAt();

  @AutoValue.Builder
  interface Builder {
    Builder id(String id);

    Builder model(String model);

    Builder version(long version);

    Builder target(String target);

    Builder state(State state);

    Builder stage(String stage);

    Builder share(double share);

    Builder message(String message);

    Builder artifactDigest(String artifactDigest);

    Builder failure(TfregException failure);

    Builder createdAt(Instant createdAt);

    Builder endedAt(Instant endedAt);

    Job build();
  }
}
