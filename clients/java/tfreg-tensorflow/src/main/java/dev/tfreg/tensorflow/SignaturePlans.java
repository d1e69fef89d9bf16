package dev.tfreg.tensorflow;

import dev.tfreg.client.TfregException;
import java.util.Map;
import java.util.Set;

/** The signatures of one version that can be run, by key; one that cannot says why. */
final class SignaturePlans {
  private static final String DEFAULT = "serving_default";

  private final String version;
  private final Map<String, SignaturePlan> plans;
  private final Map<String, TfregException> broken;

  /** Null if callers must name one. */
  private final SignaturePlan byDefault;

  /**
   * @param version for messages, such as {@code team/bert:7}
   * @param broken why the others cannot be run, by key
   */
  SignaturePlans(
      String version, Map<String, SignaturePlan> plans, Map<String, TfregException> broken) {
    this.version = version;
    this.plans = plans;
    this.broken = broken;
    this.byDefault =
        plans.size() == 1 && broken.isEmpty()
            ? plans.values().iterator().next()
            : plans.get(DEFAULT);
  }

  /** The signature of callers who name none; null if there is no such. */
  String defaultKey() {
    return byDefault == null ? null : byDefault.binding().signature();
  }

  Set<String> keys() {
    return plans.keySet();
  }

  /**
   * Returns how a signature is run.
   *
   * @param key null: the signature that callers mean who name none
   */
  SignaturePlan get(String key) {
    SignaturePlan plan = key == null ? byDefault : plans.get(key);
    if (plan == null) {
      throw notFound(key);
    }
    return plan;
  }

  private TfregException notFound(String key) {
    String existing = String.join(", ", plans.keySet());
    TfregException reason = broken.get(key == null ? DEFAULT : key);
    if (reason != null) {
      return reason;
    }
    if (key == null) {
      return Failures.of(
          TfregException.Kind.FAILED_PRECONDITION,
          "SIGNATURE_AMBIGUOUS",
          version + " has several signatures, and none is serving_default.",
          "Name one of: " + existing + ".",
          Map.of("existing", existing));
    }
    return Failures.of(
        TfregException.Kind.NOT_FOUND,
        "SIGNATURE_NOT_FOUND",
        String.format("%s has no signature '%s' that can be run.", version, key),
        "It has: " + existing + ".",
        Map.of("signature", key, "existing", existing));
  }
}
