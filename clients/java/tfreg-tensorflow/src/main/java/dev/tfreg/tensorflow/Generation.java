package dev.tfreg.tensorflow;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** One loaded version of a model: its session, and how each of its signatures is run. */
final class Generation implements AutoCloseable {
  private final LoadedModel loaded;
  private final LoadedGraph graph;
  private final SignaturePlans plans;
  private final InFlight inFlight = new InFlight();
  private final AtomicBoolean freed = new AtomicBoolean();

  Generation(LoadedModel loaded, LoadedGraph graph, SignaturePlans plans) {
    this.loaded = loaded;
    this.graph = graph;
    this.plans = plans;
  }

  LoadedModel loaded() {
    return loaded;
  }

  LoadedGraph graph() {
    return graph;
  }

  Set<String> signatureKeys() {
    return plans.keys();
  }

  /** The signature of callers who name none; null if there is no such. */
  String defaultKey() {
    return plans.defaultKey();
  }

  /**
   * Returns how a signature is run.
   *
   * @param key null: the signature that callers mean who name none
   */
  SignaturePlan plan(String key) {
    return plans.get(key);
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

  /** Waits for the runs that are under way, then frees session and graph. */
  @Override
  public void close() {
    inFlight.closeAndDrain();
    free();
  }

  /** Waits for them a while; returns whether all is freed. If not, closing is to be done again. */
  boolean close(Duration longest) {
    boolean drained = inFlight.closeAndDrain(longest);
    if (drained) {
      free();
    }
    return drained;
  }

  /** Whether session and graph are freed. */
  boolean isFreed() {
    return freed.get();
  }

  private void free() {
    if (freed.compareAndSet(false, true)) {
      graph.close();
    }
  }
}
