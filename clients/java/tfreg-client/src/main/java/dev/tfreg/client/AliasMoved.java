package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.OptionalLong;

/** A move of an alias that took place. */
@AutoValue
public abstract class AliasMoved {
  AliasMoved() {}

  static Builder builder() {
    return new AutoValue_AliasMoved.Builder();
  }

  /** The alias. */
  public abstract String alias();

  /** Where it pointed before; empty: nowhere. */
  public abstract OptionalLong fromVersion();

  /** Where it points since; empty: it was removed. */
  public abstract OptionalLong toVersion();

  /** When it moved. */
  public abstract Instant movedAt();

  /** The registry's sequence number of this change; grows with time. */
  public abstract long sequence();

  @AutoValue.Builder
  interface Builder {
    Builder alias(String alias);

    Builder fromVersion(long fromVersion);

    Builder toVersion(long toVersion);

    Builder movedAt(Instant movedAt);

    Builder sequence(long sequence);

    AliasMoved build();
  }
}
