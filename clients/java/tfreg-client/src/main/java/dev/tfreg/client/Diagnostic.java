package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/** One finding about a model or an answer. Texts are empty where they do not apply. */
@AutoValue
public abstract class Diagnostic {
  Diagnostic() {}

  static Builder builder() {
    return new AutoValue_Diagnostic.Builder();
  }

  /** How bad a finding is. */
  public enum Severity {
    /** Worth knowing; nothing is wrong. */
    INFO,
    /** May bite some callers. */
    WARNING,
    /** The model, or the part named, cannot be used as it is. */
    ERROR,
    /** The server does not say. */
    UNKNOWN
  }

  /** Stable code, such as {@code TFR201}. */
  public abstract String code();

  /** How bad it is. */
  public abstract Severity severity();

  /** One sentence that names the thing and the reason. */
  public abstract String message();

  /** The next step. */
  public abstract String hint();

  /** File within the artifact. */
  public abstract String file();

  /** Operation within the graph. */
  public abstract String operation();

  /** Function of the graph's library that holds the operation; empty for the top level. */
  public abstract String function();

  /** Signature key. */
  public abstract String signature();

  @AutoValue.Builder
  interface Builder {
    Builder code(String code);

    Builder severity(Severity severity);

    Builder message(String message);

    Builder hint(String hint);

    Builder file(String file);

    Builder operation(String operation);

    Builder function(String function);

    Builder signature(String signature);

    Diagnostic build();
  }
}
