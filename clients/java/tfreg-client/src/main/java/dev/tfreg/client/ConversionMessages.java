package dev.tfreg.client;

import dev.tfreg.v1.Check;
import dev.tfreg.v1.Conversion;
import dev.tfreg.v1.JobFailure;
import dev.tfreg.v1.PlanResponse;
import dev.tfreg.v1.WeightMatch;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes values of the messages of conversions. */
final class ConversionMessages {
  private ConversionMessages() {}

  static ConversionPlan plan(PlanResponse message) {
    ConversionPlan.Builder plan =
        ConversionPlan.builder()
            .sourceFormat(message.getSourceFormat())
            .steps(
                message.getStepsList().stream()
                    .map(ConversionMessages::step)
                    .collect(Collectors.toUnmodifiableList()));
    if (!message.getStoredDigest().isEmpty()) {
      plan.storedDigest(message.getStoredDigest());
    }
    return plan.build();
  }

  private static ConversionPlan.Step step(dev.tfreg.v1.PlannedStep message) {
    return ConversionPlan.Step.of(
        message.getName(),
        message.getSource(),
        message.getTarget(),
        message.getBy(),
        Duration.ofMillis(message.getCostMs()),
        message.getLosesList());
  }

  static Job job(dev.tfreg.v1.Job message) {
    Job.Builder job =
        Job.builder()
            .id(message.getId())
            .model(message.getModel())
            .version(message.getVersion())
            .target(message.getTarget())
            .state(state(message.getState()))
            .stage(message.getStage())
            .share(message.getShare())
            .message(message.getMessage())
            .createdAt(ModelMessages.instant(message.getCreatedAt()));
    if (!message.getArtifactDigest().isEmpty()) {
      job.artifactDigest(message.getArtifactDigest());
    }
    if (message.hasFailure()) {
      job.failure(failure(message.getFailure()));
    }
    if (message.hasEndedAt()) {
      job.endedAt(ModelMessages.instant(message.getEndedAt()));
    }
    return job.build();
  }

  static Converted converted(Conversion message) {
    Converted.Builder converted =
        Converted.builder()
            .model(message.getModel())
            .version(message.getVersion())
            .artifactDigest(message.getArtifactDigest())
            .format(message.getFormat())
            .sizeBytes(message.getSizeBytes())
            .provenance(provenance(message.getProvenance()))
            .names(
                message.getNamesList().stream()
                    .map(ConversionMessages::name)
                    .collect(Collectors.toUnmodifiableList()))
            .notes(BindingMessages.diagnostics(message.getNotesList()))
            .check(check(message.getCheck()))
            .createdAt(ModelMessages.instant(message.getCreatedAt()))
            .signatures(InspectionMessages.signatures(message.getSignaturesList()))
            .targets(List.copyOf(message.getTargetsList()));
    if (message.hasWeights()) {
      converted.weights(weights(message.getWeights()));
    }
    return converted.build();
  }

  private static Provenance provenance(dev.tfreg.v1.Provenance message) {
    return Provenance.builder()
        .sourceDigest(message.getSourceDigest())
        .sourceFormat(message.getSourceFormat())
        .target(message.getTarget())
        .steps(List.copyOf(message.getStepsList()))
        .settings(SettingsMessages.settings(message.getOptions()))
        .inputs(Map.copyOf(message.getInputsMap()))
        .tools(Map.copyOf(message.getToolsMap()))
        .build();
  }

  private static MappedName name(dev.tfreg.v1.MappedName message) {
    MappedName.Builder name =
        MappedName.builder()
            .signature(message.getSignature())
            .key(message.getKey())
            .output(message.getOutput())
            .pruned(message.getPruned())
            .newSignature(message.getNewSignature())
            .newKey(message.getNewKey());
    if (message.hasBefore()) {
      name.before(BindingMessages.ref(message.getBefore()));
    }
    if (message.hasAfter()) {
      name.after(BindingMessages.ref(message.getAfter()));
    }
    if (message.hasTensorIndex()) {
      name.tensorIndex(message.getTensorIndex());
    }
    return name.build();
  }

  private static WeightMatches weights(dev.tfreg.v1.WeightMatches message) {
    return WeightMatches.builder()
        .by(message.getBy())
        .matched(
            message.getMatchedList().stream()
                .collect(
                    Collectors.toUnmodifiableMap(
                        WeightMatch::getSource, WeightMatch::getTarget, (first, later) -> later)))
        .missing(List.copyOf(message.getMissingList()))
        .leftOver(List.copyOf(message.getLeftOverList()))
        .misshaped(List.copyOf(message.getMisshapedList()))
        .build();
  }

  private static CheckResult check(Check message) {
    CheckResult.Builder check =
        CheckResult.builder()
            .state(state(message.getState()))
            .reason(message.getReason())
            .tolerance(message.getTolerance())
            .inputs(message.getInputs());
    if (message.hasMaxAbsDifference()) {
      check.maxAbsDifference(message.getMaxAbsDifference());
    }
    if (message.hasCheckedAt()) {
      check.checkedAt(ModelMessages.instant(message.getCheckedAt()));
    }
    return check.build();
  }

  private static TfregException failure(JobFailure message) {
    Map<String, String> metadata = new HashMap<>(message.getMetadataMap());
    metadata.putIfAbsent("hint", message.getHint());
    return new TfregException(
        kind(message.getKind()),
        message.getReason(),
        ServerFailure.withHint(message.getMessage(), message.getHint()),
        metadata);
  }

  private static TfregException.Kind kind(String name) {
    return Optional.of(name)
        .flatMap(ConversionMessages::code)
        .map(ServerFailure::kind)
        .orElse(TfregException.Kind.INTERNAL);
  }

  private static Optional<io.grpc.Status.Code> code(String name) {
    for (io.grpc.Status.Code code : io.grpc.Status.Code.values()) {
      if (code.name().equals(name)) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }

  private static CheckResult.State state(dev.tfreg.v1.CheckState message) {
    switch (message) {
      case CHECK_STATE_EQUAL:
        return CheckResult.State.EQUAL;
      case CHECK_STATE_FAILED:
        return CheckResult.State.FAILED;
      default:
        return CheckResult.State.UNCHECKED;
    }
  }

  private static Job.State state(dev.tfreg.v1.JobState message) {
    switch (message) {
      case JOB_STATE_QUEUED:
        return Job.State.QUEUED;
      case JOB_STATE_RUNNING:
        return Job.State.RUNNING;
      case JOB_STATE_DONE:
        return Job.State.DONE;
      case JOB_STATE_FAILED:
        return Job.State.FAILED;
      case JOB_STATE_CANCELLED:
        return Job.State.CANCELLED;
      default:
        return Job.State.UNKNOWN;
    }
  }
}
