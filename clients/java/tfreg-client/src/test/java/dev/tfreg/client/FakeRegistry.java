package dev.tfreg.client;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.BindingServiceGrpc;
import dev.tfreg.v1.BlobRange;
import dev.tfreg.v1.BlobServiceGrpc;
import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.GetArtifactResponse;
import dev.tfreg.v1.GetModelRequest;
import dev.tfreg.v1.GetModelResponse;
import dev.tfreg.v1.GetVersionRequest;
import dev.tfreg.v1.GetVersionResponse;
import dev.tfreg.v1.ListModelsRequest;
import dev.tfreg.v1.ListModelsResponse;
import dev.tfreg.v1.ListVersionsRequest;
import dev.tfreg.v1.ListVersionsResponse;
import dev.tfreg.v1.Model;
import dev.tfreg.v1.ReadRequest;
import dev.tfreg.v1.ReadResponse;
import dev.tfreg.v1.RegistryServiceGrpc;
import dev.tfreg.v1.ResolveRequest;
import dev.tfreg.v1.ResolveResponse;
import dev.tfreg.v1.Version;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A registry in this process that answers as it was told, and counts. */
final class FakeRegistry implements AutoCloseable {
  private static final int MESSAGE_BYTES = 40;
  private static final int PAGE_SIZE = 2;

  final AtomicInteger calls = new AtomicInteger();
  final AtomicLong bytesRead = new AtomicLong();
  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final List<Model> models = new ArrayList<>();
  final List<Version> versions = new ArrayList<>();

  /** The next calls fail like this, one after another. */
  final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();

  /** The next reads break after so many bytes. */
  final Queue<Integer> breaks = new ConcurrentLinkedQueue<>();

  /** Digests of blobs whose next copy arrives damaged; as often as they are in the list. */
  final List<String> damaged = new CopyOnWriteArrayList<>();

  /** Calls are taken and never answered. */
  volatile boolean silent;

  volatile ResolveResponse resolve = ResolveResponse.getDefaultInstance();
  volatile ResolveRequest resolveRequest = ResolveRequest.getDefaultInstance();
  volatile GetArtifactResponse artifact = GetArtifactResponse.getDefaultInstance();

  private final String name = UUID.randomUUID().toString();
  private final Server server;

  FakeRegistry() throws IOException {
    server =
        InProcessServerBuilder.forName(name)
            .addService(new FakeBindings())
            .addService(new FakeModels())
            .addService(new FakeArtifacts())
            .addService(new FakeBlobs())
            .build()
            .start();
  }

  TfregClient client(Path cache) {
    return TfregClient.builder("localhost:1")
        .cacheDir(cache)
        .deadline(Duration.ofSeconds(60))
        .build(channel());
  }

  ManagedChannel channel() {
    return InProcessChannelBuilder.forName(name).build();
  }

  void serve(FakeArtifact served) {
    serve(served, served.response());
  }

  void serve(FakeArtifact served, GetArtifactResponse.Builder response) {
    artifact = response.build();
    blobs.putAll(served.blobs);
  }

  static RuntimeException error(
      Status.Code code, String reason, String message, Map<String, String> metadata) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain("tfreg.dev")
                        .putAllMetadata(metadata)
                        .build()))
            .build());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private <T> void answer(T response, StreamObserver<T> out) {
    calls.incrementAndGet();
    if (silent) {
      return;
    }
    RuntimeException failure = failures.poll();
    if (failure != null) {
      out.onError(failure);
      return;
    }
    out.onNext(response);
    out.onCompleted();
  }

  private final class FakeBindings extends BindingServiceGrpc.BindingServiceImplBase {
    @Override
    public void resolve(ResolveRequest request, StreamObserver<ResolveResponse> out) {
      resolveRequest = request;
      answer(resolve, out);
    }
  }

  private final class FakeModels extends RegistryServiceGrpc.RegistryServiceImplBase {
    @Override
    public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> out) {
      answer(GetModelResponse.newBuilder().setModel(models.get(0)).build(), out);
    }

    @Override
    public void getVersion(GetVersionRequest request, StreamObserver<GetVersionResponse> out) {
      answer(GetVersionResponse.newBuilder().setVersion(versions.get(0)).build(), out);
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> out) {
      int from = start(request.getPageToken());
      answer(
          ListModelsResponse.newBuilder()
              .addAllModels(page(models, from))
              .setNextPageToken(next(models, from))
              .build(),
          out);
    }

    @Override
    public void listVersions(
        ListVersionsRequest request, StreamObserver<ListVersionsResponse> out) {
      int from = start(request.getPageToken());
      answer(
          ListVersionsResponse.newBuilder()
              .addAllVersions(page(versions, from))
              .setNextPageToken(next(versions, from))
              .build(),
          out);
    }

    private int start(String token) {
      return token.isEmpty() ? 0 : Integer.parseInt(token);
    }

    private <T> List<T> page(List<T> all, int from) {
      return all.subList(from, Math.min(all.size(), from + PAGE_SIZE));
    }

    private String next(List<?> all, int from) {
      return from + PAGE_SIZE < all.size() ? Integer.toString(from + PAGE_SIZE) : "";
    }
  }

  private final class FakeArtifacts extends ArtifactServiceGrpc.ArtifactServiceImplBase {
    @Override
    public void getArtifact(GetArtifactRequest request, StreamObserver<GetArtifactResponse> out) {
      answer(artifact, out);
    }
  }

  private final class FakeBlobs extends BlobServiceGrpc.BlobServiceImplBase {
    @Override
    public void read(ReadRequest request, StreamObserver<ReadResponse> out) {
      calls.incrementAndGet();
      RuntimeException failure = failures.poll();
      if (failure != null) {
        out.onError(failure);
        return;
      }
      Integer limit = breaks.poll();
      long left = limit == null ? Long.MAX_VALUE : limit;
      for (int index = 0; index < request.getRangesCount(); index++) {
        left = send(request.getRanges(index), index, left, out);
        if (left <= 0) {
          out.onError(Status.UNAVAILABLE.withDescription("cut").asRuntimeException());
          return;
        }
      }
      out.onCompleted();
    }

    private long send(BlobRange range, int index, long left, StreamObserver<ReadResponse> out) {
      byte[] blob = blobs.get(range.getDigest()).clone();
      if (damaged.remove(range.getDigest())) {
        blob[blob.length - 1] ^= 1;
      }
      int at = (int) range.getOffsetBytes();
      int end = at + (int) range.getLengthBytes();
      while (at < end && left > 0) {
        int size = (int) Math.min(left, Math.min(MESSAGE_BYTES, end - at));
        out.onNext(
            ReadResponse.newBuilder()
                .setRangeIndex(index)
                .setData(ByteString.copyFrom(blob, at, size))
                .build());
        bytesRead.addAndGet(size);
        at += size;
        left -= size;
      }
      return left;
    }
  }
}
