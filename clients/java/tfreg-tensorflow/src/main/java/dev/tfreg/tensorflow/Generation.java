package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** One loaded version of a model: its session, and how each of its signatures is run. */
final class Generation implements AutoCloseable {
  private final LoadedModel loaded;
  private final LoadedGraph graph;
  private final Map<String, SignaturePlan> plans;
  private final String defaultKey;
  private final InFlight inFlight = new InFlight();
  private final AtomicBoolean freed = new AtomicBoolean();

  /**
   * @param plans by the signature's key, sorted
   * @param defaultKey the signature of callers who name none; null if there is no such
   */
  Generation(
      LoadedModel loaded, LoadedGraph graph, Map<String, SignaturePlan> plans, String defaultKey) {
    this.loaded = loaded;
    this.graph = graph;
    this.plans = plans;
    this.defaultKey = defaultKey;
  }

  LoadedModel loaded() {
    return loaded;
  }

  LoadedGraph graph() {
    return graph;
  }

  Set<String> signatureKeys() {
    return plans.keySet();
  }

  /** The signature of callers who name none; null if there is no such. */
  String defaultKey() {
    return defaultKey;
  }

  /**
   * Returns how a signature is run.
   *
   * @param key null: the signature that callers mean who name none
   */
  SignaturePlan plan(String key) {
    String wanted = key == null ? defaultKey : key;
    SignaturePlan plan = wanted == null ? null : plans.get(wanted);
    if (plan == null) {
      throw noSuchSignature(key);
    }
    return plan;
  }

  /** Begins a run; false if this is closed. */
  boolean enter() {
    return inFlight.enter();
  }

  /** Ends a run that {@link #enter} began. */
  void leave() {
    inFlight.leave();
  }

  /** The number of runs that are under way. */
  long runsInFlight() {
    return inFlight.count();
  }

  /**
   * Runs a signature of this very version, as {@link SignatureRunner#run(Map, Collection)} does.
   *
   * @param key null: the default signature
   * @param outputs null: all
   */
  Outputs run(String key, Map<String, ?> inputs, Collection<String> outputs) {
    if (!enter()) {
      throw Failures.modelClosed(loaded.reference());
    }
    try {
      return plan(key).run(inputs, outputs);
    } finally {
      leave();
    }
  }

  private TfregException noSuchSignature(String key) {
    String existing = String.join(", ", plans.keySet());
    String what = loaded.model() + ":" + loaded.version();
    if (key == null) {
      String hint = "Name one of: " + existing + ".";
      return Failures.of(
          TfregException.Kind.FAILED_PRECONDITION,
          "SIGNATURE_AMBIGUOUS",
          what + " has several signatures, and none is serving_default.",
          hint,
          Map.of("existing", existing));
    }
    String hint = "It has: " + existing + ".";
    return Failures.of(
        TfregException.Kind.NOT_FOUND,
        "SIGNATURE_NOT_FOUND",
        String.format("%s has no signature '%s' that can be run.", what, key),
        hint,
        Map.of("signature", key, "existing", existing));
  }

  /** Waits for the runs that are under way, then frees session and graph. */
  @Override
  public void close() {
    inFlight.closeAndDrain();
    if (freed.compareAndSet(false, true)) {
      graph.close();
    }
  }
}
