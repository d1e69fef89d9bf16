package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Instant;

/** Something that happened to a model. */
@AutoValue
public abstract class Event {
  Event() {}

  static Builder builder() {
    return new AutoValue_Event.Builder();
  }

  /** Its number: grows in the order of the commits, over all models. */
  public abstract long sequence();

  /** The model's name. */
  public abstract String model();

  /** What happened. */
  public abstract EventKind kind();

  /** The version that it happened to; of an alias where it points now, 0: it was removed. */
  public abstract long version();

  /** The alias, if one moved; else empty. */
  public abstract String alias();

  /** Where the alias pointed before; 0: nowhere. */
  public abstract long fromVersion();

  /** When. */
  public abstract Instant happenedAt();

  @AutoValue.Builder
  interface Builder {
    Builder sequence(long sequence);

    Builder model(String model);

    Builder kind(EventKind kind);

    Builder version(long version);

    Builder alias(String alias);

    Builder fromVersion(long fromVersion);

    Builder happenedAt(Instant happenedAt);

    Event build();
  }
}
