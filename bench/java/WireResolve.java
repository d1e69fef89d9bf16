package dev.tfreg.bench;

import dev.tfreg.client.TfregClient;
import dev.tfreg.v1.ResolveRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Resolves over the wire, beside bare calls: of an echo, and of the same method. */
final class WireResolve {
  private static final int WARM_UP_CALLS = 20_000;

  private WireResolve() {}

  /** Arguments: address, address of the echo, cache folder, reference, rounds, calls, in flight. */
  public static void main(String[] arguments) throws Exception {
    String reference = arguments[3];
    byte[] request = ResolveRequest.newBuilder().setReference(reference).build().toByteArray();
    ManagedChannel bare = channel(arguments[1]);
    ManagedChannel same = channel(arguments[0]);
    try (TfregClient client =
        TfregClient.builder(arguments[0]).cacheDir(Path.of(arguments[2])).build()) {
      int inFlight = Integer.parseInt(arguments[6]);
      Turns.Load echo = load(bare, "bare/Echo", request, inFlight);
      Turns.Load resolve = load(same, "tfreg.v1.BindingService/Resolve", request, inFlight);
      Turns.Load byClient =
          inFlight == 1
              ? times -> repeat(() -> client.resolve(reference), times)
              : times -> keepInFlight(() -> client.async().resolve(reference), inFlight, times);
      int rounds = Integer.parseInt(arguments[4]);
      int calls = Integer.parseInt(arguments[5]);
      Turns.tell(
          Map.of("micros", Turns.micros(rounds, calls, WARM_UP_CALLS, echo, byClient, resolve)));
    } finally {
      bare.shutdownNow();
      same.shutdownNow();
    }
  }

  private static ManagedChannel channel(String address) {
    return Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
  }

  private static Turns.Load load(Channel channel, String method, byte[] request, int inFlight) {
    MethodDescriptor<byte[], byte[]> bytes =
        MethodDescriptor.newBuilder(new Bytes(), new Bytes())
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method)
            .build();
    if (inFlight == 1) {
      return times ->
          repeat(
              () -> ClientCalls.blockingUnaryCall(channel, bytes, CallOptions.DEFAULT, request),
              times);
    }
    return times ->
        keepInFlight(
            () -> ClientCalls.futureUnaryCall(channel.newCall(bytes, CallOptions.DEFAULT), request),
            inFlight,
            times);
  }

  private static void repeat(Supplier<?> call, int times) {
    for (int time = 0; time < times; time++) {
      call.get();
    }
  }

  private static void keepInFlight(Supplier<Future<?>> call, int inFlight, int times)
      throws Exception {
    Deque<Future<?>> waiting = new ArrayDeque<>();
    for (int time = 0; time < times; time++) {
      if (waiting.size() == inFlight) {
        waiting.remove().get();
      }
      waiting.add(call.get());
    }
    for (Future<?> last : waiting) {
      last.get();
    }
  }

  /** Messages as they are on the wire. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
