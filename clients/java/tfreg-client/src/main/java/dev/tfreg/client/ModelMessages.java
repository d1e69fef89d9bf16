package dev.tfreg.client;

import com.google.protobuf.Timestamp;
import dev.tfreg.v1.Attachment;
import dev.tfreg.v1.Model;
import dev.tfreg.v1.Version;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** Makes values of the messages of models and versions. */
final class ModelMessages {
  private ModelMessages() {}

  static ModelInfo model(Model message) {
    return ModelInfo.of(
        message.getName(),
        message.getNewestVersion() == 0
            ? OptionalLong.empty()
            : OptionalLong.of(message.getNewestVersion()),
        message.getVersionCount(),
        message.getAliasesMap(),
        instant(message.getCreatedAt()));
  }

  static VersionInfo version(Version message) {
    VersionInfo.Builder version =
        VersionInfo.builder()
            .model(message.getModel())
            .number(message.getNumber())
            .artifactDigest(message.getArtifactDigest())
            .format(message.getFormat())
            .sizeBytes(message.getSizeBytes())
            .aliases(List.copyOf(message.getAliasesList()))
            .attachments(
                message.getAttachmentsList().stream()
                    .map(ModelMessages::attachment)
                    .collect(Collectors.toUnmodifiableList()))
            .labels(Map.copyOf(message.getLabelsMap()))
            .createdAt(instant(message.getCreatedAt()));
    if (message.hasDeletedAt()) {
      version.deletedAt(instant(message.getDeletedAt()));
    }
    return version.build();
  }

  static Event event(dev.tfreg.v1.Event message) {
    return Event.builder()
        .sequence(message.getSequence())
        .model(message.getModel())
        .kind(kind(message.getKind()))
        .version(message.getVersion())
        .alias(message.getAlias())
        .fromVersion(message.getFromVersion())
        .happenedAt(instant(message.getHappenedAt()))
        .build();
  }

  private static EventKind kind(dev.tfreg.v1.EventKind message) {
    String name = message.name();
    for (EventKind kind : EventKind.values()) {
      if (name.equals("EVENT_KIND_" + kind)) {
        return kind;
      }
    }
    return EventKind.UNKNOWN;
  }

  static AliasMoved aliasMoved(dev.tfreg.v1.AliasMoved message) {
    AliasMoved.Builder moved =
        AliasMoved.builder()
            .alias(message.getAlias())
            .movedAt(instant(message.getMovedAt()))
            .sequence(message.getSequence());
    if (message.getFromVersion() != 0) {
      moved.fromVersion(message.getFromVersion());
    }
    if (message.getToVersion() != 0) {
      moved.toVersion(message.getToVersion());
    }
    return moved.build();
  }

  private static AttachmentInfo attachment(Attachment message) {
    return AttachmentInfo.of(
        message.getRole(),
        message.getFile().getPath(),
        message.getFile().getSizeBytes(),
        message.getFile().getDigest());
  }

  /** A time beyond all calendars becomes the first or the last one that Java can tell. */
  static Instant instant(Timestamp message) {
    try {
      return Instant.ofEpochSecond(message.getSeconds(), message.getNanos());
    } catch (DateTimeException | ArithmeticException beyond) {
      return message.getSeconds() < 0 ? Instant.MIN : Instant.MAX;
    }
  }
}
