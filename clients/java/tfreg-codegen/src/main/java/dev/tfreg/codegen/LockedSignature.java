package dev.tfreg.codegen;

import java.util.Comparator;
import java.util.List;

/**
 * A signature in a lock file.
 *
 * @param key its key, such as {@code serving_default}
 * @param fingerprint digest of what callers depend on
 * @param methodName its method name
 * @param inputs what can be fed
 * @param outputs what can be fetched
 */
public record LockedSignature(
    String key,
    String fingerprint,
    String methodName,
    List<LockedTensor> inputs,
    List<LockedTensor> outputs) {
  /** Copies inputs and outputs. */
  public LockedSignature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  LockedSignature sorted() {
    return new LockedSignature(key, fingerprint, methodName, sorted(inputs), sorted(outputs));
  }

  private static List<LockedTensor> sorted(List<LockedTensor> tensors) {
    return tensors.stream()
        .sorted(Comparator.comparing(LockedTensor::key, Utf8Order.INSTANCE))
        .toList();
  }
}
