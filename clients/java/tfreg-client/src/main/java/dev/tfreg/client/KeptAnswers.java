package dev.tfreg.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.GetArtifactResponse;
import dev.tfreg.v1.RegisterRuntimeRequest;
import dev.tfreg.v1.RegisterRuntimeResponse;
import dev.tfreg.v1.ResolveRequest;
import dev.tfreg.v1.ResolveResponse;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers of a registry in the cache, for when it cannot be asked; docs/cache.md has their form.
 */
final class KeptAnswers {
  private static final int MAX_REMEMBERED = 10_000;

  private final CacheFolders cache;
  private final String address;

  /** The revisions that lie on the disk already, by file. */
  private final Map<Path, String> revisions = new ConcurrentHashMap<>();

  KeptAnswers(CacheFolders cache, String address) {
    this.cache = cache;
    this.address = address;
  }

  void keep(ResolveRequest request, ResolveResponse response) {
    if (response.getUnchanged()) {
      return;
    }
    Path file = file(request);
    String revision = response.getBinding().getRevision();
    if (revisions.size() > MAX_REMEMBERED) {
      revisions.clear();
    }
    if (!revision.equals(revisions.get(file)) && write(file, response)) {
      revisions.put(file, revision);
    }
  }

  /** Keeps it for the reference asked for, and for the artifact that it is. */
  void keep(GetArtifactRequest request, GetArtifactResponse response) {
    if (!isTrue(response)) {
      return; // Who asked finds out, and touches nothing.
    }
    write(file(request), response);
    String pinned = response.getModel() + "@" + response.getArtifact().getDigest();
    write(file(request.toBuilder().setReference(pinned).clearFormats().build()), response);
  }

  Optional<ResolveResponse> find(ResolveRequest request) {
    return read(file(request), ResolveResponse.parser())
        .map(
            kept ->
                kept.getBinding().getRevision().equals(request.getKnownRevision())
                    ? ResolveResponse.newBuilder().setUnchanged(true).build()
                    : kept);
  }

  Optional<GetArtifactResponse> find(GetArtifactRequest request) {
    return read(file(request), GetArtifactResponse.parser());
  }

  /** Keeps an answer to any other question. */
  <Q, R> void keep(MethodDescriptor<Q, R> method, Q request, R response) {
    if (response instanceof RegisterRuntimeResponse
        && ((RegisterRuntimeResponse) response).getRuntime().isEmpty()) {
      return; // It was not taken: who asked comes back with the list of ops.
    }
    try (InputStream answer = method.streamResponse(response)) {
      write(file(method, request), answer.readAllBytes());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  <Q, R> Optional<R> find(MethodDescriptor<Q, R> method, Q request) {
    try (InputStream answer = Files.newInputStream(file(method, request))) {
      return Optional.of(method.parseResponse(answer));
    } catch (IOException | StatusRuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private <Q, R> Path file(MethodDescriptor<Q, R> method, Q request) {
    return cache.answer(
        new Question("call", address)
            .part(method.getFullMethodName())
            .part(Digests.of(withoutOps((MessageLite) request).toByteArray()))
            .digest());
  }

  /** The list of ops is sent only if it is needed; the digest beside it says which it is. */
  private static MessageLite withoutOps(MessageLite request) {
    return request instanceof RegisterRuntimeRequest
        ? ((RegisterRuntimeRequest) request).toBuilder().clearOpList().build()
        : request;
  }

  private Path file(ResolveRequest request) {
    return cache.answer(
        new Question("resolve", address)
            .part(request.getReference())
            .list(request.getFormatsList())
            .part(request.getSignature())
            .list(request.getTagsList())
            .list(request.getOutputsList())
            .part(request.getRuntime())
            .digest());
  }

  private Path file(GetArtifactRequest request) {
    return cache.answer(
        new Question("artifact", address)
            .part(request.getReference())
            .list(request.getFormatsList())
            .digest());
  }

  private static boolean isTrue(GetArtifactResponse response) {
    try {
      ArtifactMessages.layout(response);
      ArtifactMessages.attachments(response);
      return true;
    } catch (TfregException untrue) {
      return false;
    }
  }

  /** A cache that cannot be written is none: the answer itself is there. */
  private static boolean write(Path file, MessageLite answer) {
    return write(file, answer.toByteArray());
  }

  private static boolean write(Path file, byte[] answer) {
    Path draft = file.resolveSibling("." + file.getFileName() + ".tfreg-" + UUID.randomUUID());
    try {
      Files.createDirectories(file.getParent());
      Files.write(draft, answer);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (IOException unwritable) {
      return false;
    }
  }

  private static <T> Optional<T> read(Path file, Parser<T> parser) {
    try {
      return Optional.of(parser.parseFrom(Files.readAllBytes(file)));
    } catch (InvalidProtocolBufferException garbled) {
      return Optional.empty();
    } catch (IOException notThere) {
      return Optional.empty();
    }
  }

  /** The parts of a question, written such that no two questions read the same. */
  private static final class Question {
    private final StringBuilder text = new StringBuilder();

    Question(String kind, String address) {
      part(kind).part(address);
    }

    Question part(String part) {
      text.append(Digests.utf8(part).length).append(':').append(part).append('\n');
      return this;
    }

    Question list(List<String> parts) {
      part(Integer.toString(parts.size()));
      parts.forEach(this::part);
      return this;
    }

    String digest() {
      return Digests.of(Digests.utf8(text.toString()));
    }
  }
}
