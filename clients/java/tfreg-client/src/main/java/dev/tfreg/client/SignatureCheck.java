package dev.tfreg.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares the signature of a model with what a program was written against. */
final class SignatureCheck {
  /** Eighteen digits fit a long whatever they are. */
  private static final Pattern SHAPE =
      Pattern.compile("\\((?:(?:\\?|[0-9]{1,18})(?:, ?(?:\\?|[0-9]{1,18}))*)?\\)");

  private SignatureCheck() {}

  /** Reads a shape as {@link Shape#toString} writes it; null for an empty text. */
  static Shape shape(String text) {
    if (text.isEmpty()) {
      return null;
    }
    if (text.equals("<unknown>")) {
      return Shape.ofUnknownRank();
    }
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("'" + text + "' is not a shape such as (?, 28, 28, 1).");
    }
    return Shape.of(
        Stream.of(text.substring(1, text.length() - 1).split(","))
            .map(String::strip)
            .filter(dim -> !dim.isEmpty())
            .map(dim -> dim.equals("?") ? Shape.UNKNOWN : Long.parseLong(dim))
            .collect(Collectors.toList()));
  }

  static void check(SignatureContract contract, Binding binding) {
    if (!binding.signatureFingerprint().isEmpty()
        && binding.signatureFingerprint().equals(contract.fingerprint())) {
      return;
    }
    List<String> changes = new ArrayList<>();
    for (SignatureContract.Tensor input : contract.inputs()) {
      compare("input", input, binding.feeds().stream().map(Feed::tensor), true)
          .ifPresent(changes::add);
    }
    for (SignatureContract.Tensor output : contract.outputs()) {
      compare("output", output, binding.fetches().stream(), false).ifPresent(changes::add);
    }
    binding.feeds().stream()
        .filter(feed -> feed.use() == FeedUse.REQUIRED)
        .map(feed -> feed.tensor().key())
        .filter(key -> contract.inputs().stream().noneMatch(known -> known.key().equals(key)))
        .forEach(key -> changes.add("input '" + key + "' is new and must be fed"));
    if (!changes.isEmpty()) {
      throw changed(contract, binding, changes);
    }
  }

  private static Optional<String> compare(
      String role, SignatureContract.Tensor wanted, Stream<TensorSpec> specs, boolean input) {
    Optional<TensorSpec> found = specs.filter(spec -> spec.key().equals(wanted.key())).findFirst();
    String name = role + " '" + wanted.key() + "'";
    if (found.isEmpty()) {
      return Optional.of(name + " is gone");
    }
    if (!found.get().dtype().equals(wanted.dtype())) {
      return Optional.of(name + " is " + found.get().dtype() + ", it was " + wanted.dtype());
    }
    if (!found.get().encoding().equals(wanted.encoding())) {
      return Optional.of(
          name + " is " + kind(found.get().encoding()) + ", it was " + kind(wanted.encoding()));
    }
    Shape now = found.get().shape().orElse(null);
    boolean fits = input ? allows(now, wanted.shape()) : allows(wanted.shape(), now);
    return fits
        ? Optional.empty()
        : Optional.of(name + " has the shape " + now + ", it had " + wanted.shape());
  }

  private static String kind(String encoding) {
    return encoding.isEmpty() ? "one tensor" : encoding;
  }

  /** Whether whatever has the shape {@code given} may stand where {@code wide} is expected. */
  private static boolean allows(Shape wide, Shape given) {
    if (wide == null || wide.unknownRank() || wide.equals(given)) {
      return true;
    }
    if (given == null || given.unknownRank() || given.dims().size() != wide.dims().size()) {
      return false;
    }
    for (int place = 0; place < wide.dims().size(); place++) {
      long size = wide.dims().get(place);
      if (size != Shape.UNKNOWN && size != given.dims().get(place)) {
        return false;
      }
    }
    return true;
  }

  private static TfregException changed(
      SignatureContract contract, Binding binding, List<String> changes) {
    String hint =
        "Generate the class anew from this version and adapt its callers, or load a version whose"
            + " interface is the old one.";
    return TfregException.of(
        TfregException.Kind.FAILED_PRECONDITION,
        "INTERFACE_CHANGED",
        String.format(
            "Signature '%s' of %s:%d is not the one that this class was generated from: %s. %s",
            contract.signature(),
            binding.model(),
            binding.version(),
            String.join("; ", changes),
            hint),
        Map.of("changes", String.join(", ", changes), "hint", hint),
        null);
  }
}
