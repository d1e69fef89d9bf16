package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.OptionalLong;

/** Where an alias shall point. */
@AutoValue
public abstract class AliasMove {
  AliasMove() {}

  /** Points an alias at a version, wherever it points now. */
  public static AliasMove to(String alias, long version) {
    return new AutoValue_AliasMove(alias, version, OptionalLong.empty());
  }

  /** Removes an alias, wherever it points now. */
  public static AliasMove remove(String alias) {
    return to(alias, 0);
  }

  /**
   * Returns the same move, done only if the alias points where the caller believes; else the call
   * fails with ALIAS_CONFLICT. An alias that points at the wanted version already was moved as
   * wished.
   *
   * @param version the version that it points at now; 0: nowhere
   */
  public final AliasMove expecting(long version) {
    return new AutoValue_AliasMove(alias(), version(), OptionalLong.of(version));
  }

  /** The alias, such as {@code prod}. */
  public abstract String alias();

  /** The version that it shall point at; 0 removes it. */
  public abstract long version();

  /** Where the caller believes that it points now; 0: nowhere; empty: wherever. */
  public abstract OptionalLong expectedVersion();
}
