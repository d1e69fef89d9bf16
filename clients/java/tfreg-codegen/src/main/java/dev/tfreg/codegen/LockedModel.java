package dev.tfreg.codegen;

import java.util.Comparator;
import java.util.List;

/**
 * A model in a lock file.
 *
 * @param reference what was asked for, such as {@code team/bert@prod}
 * @param model the model's name
 * @param version the version that the reference stood for
 * @param artifactDigest digest of the artifact that was looked at
 * @param format its format
 * @param interfaceFingerprint digest of its whole interface; empty if it offers none
 * @param signatures those that can be run
 */
public record LockedModel(
    String reference,
    String model,
    long version,
    String artifactDigest,
    String format,
    String interfaceFingerprint,
    List<LockedSignature> signatures) {
  /** Copies the signatures. */
  public LockedModel {
    signatures = List.copyOf(signatures);
  }

  /**
   * Returns the same with signatures, inputs and outputs sorted by key, as lock files have them.
   */
  public LockedModel sorted() {
    return new LockedModel(
        reference,
        model,
        version,
        artifactDigest,
        format,
        interfaceFingerprint,
        signatures.stream()
            .map(LockedSignature::sorted)
            .sorted(Comparator.comparing(LockedSignature::key, Utf8Order.INSTANCE))
            .toList());
  }
}
