package dev.tfreg.client;

import dev.tfreg.v1.DiagnoseResponse;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes values of the messages of bindings, tensors and diagnostics. */
final class BindingMessages {
  private BindingMessages() {}

  static Binding binding(dev.tfreg.v1.Binding message) {
    return Binding.builder()
        .model(message.getModel())
        .version(message.getVersion())
        .revision(message.getRevision())
        .artifactDigest(message.getArtifactDigest())
        .format(message.getFormat())
        .tags(List.copyOf(message.getTagsList()))
        .loaderTags(
            List.copyOf(
                message.getLoaderTagsCount() > 0
                    ? message.getLoaderTagsList()
                    : message.getTagsList()))
        .signatureFingerprint(message.getSignatureFingerprint())
        .signature(message.getSignature())
        .methodName(message.getMethodName())
        .feeds(
            message.getFeedsList().stream()
                .map(feed -> Feed.of(tensor(feed.getTensor()), use(feed.getUse())))
                .collect(Collectors.toUnmodifiableList()))
        .fetches(tensors(message.getFetchesList()))
        .targets(targets(message.getTargets()))
        .guessed(message.getGuessed())
        .diagnostics(diagnostics(message.getDiagnosticsList()))
        .build();
  }

  static Diagnosis diagnosis(DiagnoseResponse message) {
    return Diagnosis.of(
        message.getModel(),
        message.getVersion(),
        message.getArtifactDigest(),
        message.getFormat(),
        diagnostics(message.getDiagnosticsList()),
        message.getFits());
  }

  static List<Diagnostic> diagnostics(List<dev.tfreg.v1.Diagnostic> messages) {
    return messages.stream()
        .map(BindingMessages::diagnostic)
        .collect(Collectors.toUnmodifiableList());
  }

  static List<TensorSpec> tensors(List<dev.tfreg.v1.TensorSpec> messages) {
    return messages.stream().map(BindingMessages::tensor).collect(Collectors.toUnmodifiableList());
  }

  static TensorSpec tensor(dev.tfreg.v1.TensorSpec message) {
    TensorSpec.Builder spec =
        TensorSpec.builder()
            .key(message.getKey())
            .dtype(message.getDtype())
            .components(tensors(message.getComponentsList()))
            .encoding(message.getEncoding());
    if (message.hasRef()) {
      spec.ref(ref(message.getRef()));
    }
    if (message.hasShape()) {
      spec.shape(shape(message.getShape()));
    }
    if (message.hasTensorIndex()) {
      spec.tensorIndex(message.getTensorIndex());
    }
    if (message.hasQuantization()) {
      spec.quantization(quantization(message.getQuantization()));
    }
    return spec.build();
  }

  static Quantization quantization(dev.tfreg.v1.Quantization message) {
    return Quantization.of(message.getScalesList(), message.getZeroPointsList(), message.getAxis());
  }

  static TensorRef ref(dev.tfreg.v1.TensorRef message) {
    return TensorRef.of(message.getOperation(), message.getIndex());
  }

  static Shape shape(dev.tfreg.v1.Shape message) {
    return message.getUnknownRank() ? Shape.ofUnknownRank() : Shape.of(message.getDimsList());
  }

  private static FeedUse use(dev.tfreg.v1.FeedUse message) {
    switch (message) {
      case FEED_USE_REQUIRED:
        return FeedUse.REQUIRED;
      case FEED_USE_OPTIONAL:
        return FeedUse.OPTIONAL;
      case FEED_USE_UNUSED:
        return FeedUse.UNUSED;
      default:
        return FeedUse.UNKNOWN;
    }
  }

  static Targets targets(dev.tfreg.v1.Targets message) {
    return Targets.of(
        message.getInitOperationsList(),
        Optional.of(message.getRestoreOperation()).filter(name -> !name.isEmpty()),
        message.hasRestoreFilename()
            ? Optional.of(ref(message.getRestoreFilename()))
            : Optional.empty());
  }

  static Diagnostic diagnostic(dev.tfreg.v1.Diagnostic message) {
    return Diagnostic.builder()
        .code(message.getCode())
        .severity(severity(message.getSeverity()))
        .message(message.getMessage())
        .hint(message.getHint())
        .file(message.getFile())
        .operation(message.getOperation())
        .function(message.getFunction())
        .signature(message.getSignature())
        .build();
  }

  private static Diagnostic.Severity severity(dev.tfreg.v1.Severity message) {
    switch (message) {
      case SEVERITY_INFO:
        return Diagnostic.Severity.INFO;
      case SEVERITY_WARNING:
        return Diagnostic.Severity.WARNING;
      case SEVERITY_ERROR:
        return Diagnostic.Severity.ERROR;
      default:
        return Diagnostic.Severity.UNKNOWN;
    }
  }
}
