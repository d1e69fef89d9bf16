package dev.tfreg.client;

import com.google.protobuf.ByteString;
import dev.tfreg.client.TfregException.Kind;
import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.ReadTensorsRequest;
import dev.tfreg.v1.ReadTensorsResponse;
import dev.tfreg.v1.TensorHeader;
import io.grpc.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Reads the values of tensors by one stream, into memory and up to a limit. */
final class TensorReader {
  private static final long SLOWEST_BYTES_PER_SECOND = 1L << 20;

  private final Calls calls;
  private final ArtifactServiceGrpc.ArtifactServiceBlockingStub stub;

  TensorReader(Calls calls) {
    this.calls = calls;
    this.stub = ArtifactServiceGrpc.newBlockingStub(calls.channel());
  }

  List<TensorValue> read(ReadTensorsOptions options) {
    if (options.tensors().isEmpty()) {
      return List.of();
    }
    ReadTensorsRequest.Builder request =
        ReadTensorsRequest.newBuilder()
            .setReference(options.reference())
            .addAllFormats(options.formats());
    for (TensorSelection selection : options.tensors()) {
      request.addTensors(
          dev.tfreg.v1.TensorSelection.newBuilder()
              .setName(selection.name())
              .addAllBegin(selection.begin())
              .addAllSize(selection.size()));
    }
    Duration limit = calls.deadline().plusSeconds(options.maxBytes() / SLOWEST_BYTES_PER_SECOND);
    return calls.read(stub, limit, ready -> attempt(ready, request.build(), options));
  }

  private static List<TensorValue> attempt(
      ArtifactServiceGrpc.ArtifactServiceBlockingStub ready,
      ReadTensorsRequest request,
      ReadTensorsOptions options) {
    // Leaving early, because a value is too large say, must end the call too.
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      Context before = context.attach();
      try {
        Values values = new Values(options.maxBytes());
        Iterator<ReadTensorsResponse> responses = ready.readTensors(request);
        while (responses.hasNext()) {
          values.take(responses.next());
        }
        return values.all(options.tensors().size());
      } finally {
        context.detach(before);
      }
    }
  }

  /** The values of one stream, as they come. */
  private static final class Values {
    private final List<TensorValue> complete = new ArrayList<>();
    private final long maxBytes;
    private long taken;
    private TensorHeader header;
    private ByteArrayOutputStream content;

    Values(long maxBytes) {
      this.maxBytes = maxBytes;
    }

    void take(ReadTensorsResponse response) {
      if (response.hasHeader()) {
        end();
        header = response.getHeader();
        checkSize(Math.max(0, header.getSizeBytes()), header.getName());
        content = new Content((int) Math.max(0, header.getSizeBytes()));
      } else if (header == null) {
        throw strange("sent bytes before it said of what");
      } else {
        append(response.getContent());
      }
    }

    List<TensorValue> all(int count) {
      end();
      if (complete.size() != count) {
        throw strange("sent " + complete.size() + " of " + count + " values");
      }
      return List.copyOf(complete);
    }

    private void append(ByteString bytes) {
      checkSize(bytes.size(), header.getName());
      taken += bytes.size();
      try {
        bytes.writeTo(content);
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
    }

    private void end() {
      if (header == null) {
        return;
      }
      if (header.getSizeBytes() >= 0 && header.getSizeBytes() != content.size()) {
        throw strange(
            "sent " + content.size() + " of " + header.getSizeBytes() + " bytes of a value");
      }
      complete.add(
          new TensorValue(
              header.getName(),
              header.getDtype(),
              BindingMessages.shape(header.getShape()),
              ((Content) content).buffer()));
      header = null;
    }

    private void checkSize(long more, String name) {
      if (more > maxBytes - taken || more > Integer.MAX_VALUE - 8) {
        throw tooLarge(name, maxBytes);
      }
    }
  }

  /** Bytes that are handed on without a copy. */
  private static final class Content extends ByteArrayOutputStream {
    Content(int sizeBytes) {
      super(sizeBytes);
    }

    ByteBuffer buffer() {
      return ByteBuffer.wrap(buf, 0, count).slice();
    }
  }

  private static TfregException tooLarge(String name, long maxBytes) {
    String hint = "Read fewer tensors at once, a box of this one, or allow more by maxBytes.";
    return new TfregException(
        Kind.RESOURCE_EXHAUSTED,
        "LIMIT_EXCEEDED",
        "With '" + name + "' the values pass the limit of " + maxBytes + " bytes. " + hint,
        Map.of("tensor", name, "limit_bytes", Long.toString(maxBytes), "hint", hint));
  }

  private static TfregException strange(String what) {
    String hint = "Read again; if it persists, see the server's log.";
    return new TfregException(
        Kind.INTERNAL,
        "INTERNAL",
        "The server's stream of values " + what + ". " + hint,
        Map.of("hint", hint));
  }
}
