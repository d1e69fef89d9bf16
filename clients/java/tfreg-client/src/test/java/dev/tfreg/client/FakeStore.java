package dev.tfreg.client;

import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.BlobRef;
import dev.tfreg.v1.BlobServiceGrpc;
import dev.tfreg.v1.CapabilitiesServiceGrpc;
import dev.tfreg.v1.CreateVersionRequest;
import dev.tfreg.v1.CreateVersionResponse;
import dev.tfreg.v1.FindMissingRequest;
import dev.tfreg.v1.FindMissingResponse;
import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.GetArtifactResponse;
import dev.tfreg.v1.GetCapabilitiesRequest;
import dev.tfreg.v1.GetCapabilitiesResponse;
import dev.tfreg.v1.GetModelRequest;
import dev.tfreg.v1.GetModelResponse;
import dev.tfreg.v1.GetVersionRequest;
import dev.tfreg.v1.GetVersionResponse;
import dev.tfreg.v1.InspectRequest;
import dev.tfreg.v1.InspectResponse;
import dev.tfreg.v1.Limits;
import dev.tfreg.v1.Model;
import dev.tfreg.v1.RegistryServiceGrpc;
import dev.tfreg.v1.Version;
import dev.tfreg.v1.WriteRequest;
import dev.tfreg.v1.WriteResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** A registry in this process that takes pushes, and fails as it was told. */
final class FakeStore implements AutoCloseable {
  static final int BLOB_BYTES = 100;

  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final List<CreateVersionRequest> commits = new CopyOnWriteArrayList<>();
  final AtomicLong bytesReceived = new AtomicLong();
  final CountDownLatch writing = new CountDownLatch(1);

  /** The next streams break after so many blobs. */
  final Queue<Integer> breaks = new ConcurrentLinkedQueue<>();

  /** The next commits fail like this, after they were done. */
  final Queue<RuntimeException> lostAnswers = new ConcurrentLinkedQueue<>();

  /** The next questions for missing blobs fail like this. */
  final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();

  /** What is wrong with the next streams. */
  final Queue<RuntimeException> refusals = new ConcurrentLinkedQueue<>();

  /** Streams are taken and never answered. */
  volatile boolean silent;

  private final String name = UUID.randomUUID().toString();
  private final Server server;

  FakeStore() throws IOException {
    server =
        InProcessServerBuilder.forName(name)
            .addService(new FakeCapabilities())
            .addService(new FakeBlobs())
            .addService(new FakeArtifacts())
            .addService(new FakeModels())
            .build()
            .start();
  }

  TfregClient client(Path cache) {
    return TfregClient.builder("localhost:1")
        .cacheDir(cache)
        .deadline(Duration.ofSeconds(60))
        .build(InProcessChannelBuilder.forName(name).build());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private Version version() {
    return Version.newBuilder().setModel("m").setNumber(1).addAliases("prod").build();
  }

  private static <T> void answer(T response, StreamObserver<T> out) {
    out.onNext(response);
    out.onCompleted();
  }

  private static final class FakeCapabilities
      extends CapabilitiesServiceGrpc.CapabilitiesServiceImplBase {
    @Override
    public void getCapabilities(
        GetCapabilitiesRequest request, StreamObserver<GetCapabilitiesResponse> out) {
      Limits.Builder limits = Limits.newBuilder().setMaxBlobBytes(BLOB_BYTES);
      limits.setMaxBlobsPerRequest(4).setMaxMessageBytes(80).setMaxCommitBytes(20_000);
      answer(GetCapabilitiesResponse.newBuilder().setLimits(limits).build(), out);
    }
  }

  private final class FakeBlobs extends BlobServiceGrpc.BlobServiceImplBase {
    @Override
    public void findMissing(FindMissingRequest request, StreamObserver<FindMissingResponse> out) {
      RuntimeException failure = failures.poll();
      if (failure != null) {
        out.onError(failure);
        return;
      }
      FindMissingResponse.Builder response = FindMissingResponse.newBuilder().setLeaseId("lease");
      request.getBlobsList().stream()
          .map(BlobRef::getDigest)
          .distinct()
          .filter(digest -> !blobs.containsKey(digest))
          .forEach(response::addMissing);
      answer(response.build(), out);
    }

    @Override
    public StreamObserver<WriteRequest> write(StreamObserver<WriteResponse> out) {
      return new Writing(out);
    }
  }

  private final class Writing implements StreamObserver<WriteRequest> {
    private final StreamObserver<WriteResponse> out;
    private final Integer limit = breaks.poll();
    private final RuntimeException refusal = refusals.poll();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private BlobRef blob;
    private int stored;
    private boolean ended;

    Writing(StreamObserver<WriteResponse> out) {
      this.out = out;
    }

    @Override
    public void onNext(WriteRequest message) {
      writing.countDown();
      if (ended) {
        return;
      }
      if (refusal != null) {
        fail(refusal);
        return;
      }
      if (message.hasBlob()) {
        blob = message.getBlob();
        content.reset();
      }
      content.writeBytes(message.getData().toByteArray());
      bytesReceived.addAndGet(message.getData().size());
      if (content.size() == blob.getSizeBytes()) {
        store();
      }
    }

    @Override
    public void onError(Throwable reason) {}

    @Override
    public void onCompleted() {
      if (!ended && !silent) {
        answer(WriteResponse.newBuilder().setBlobCount(stored).build(), out);
      }
    }

    private void store() {
      if (limit != null && stored == limit) {
        fail(Status.UNAVAILABLE.withDescription("cut").asRuntimeException());
        return;
      }
      blobs.put(Digests.of(content.toByteArray()), content.toByteArray());
      stored++;
    }

    private void fail(RuntimeException reason) {
      ended = true;
      out.onError(reason);
    }
  }

  private static final class FakeArtifacts extends ArtifactServiceGrpc.ArtifactServiceImplBase {
    @Override
    public void getArtifact(GetArtifactRequest request, StreamObserver<GetArtifactResponse> out) {
      out.onError(
          FakeRegistry.error(Status.Code.NOT_FOUND, "MODEL_NOT_FOUND", "no model", Map.of()));
    }

    @Override
    public void inspect(InspectRequest request, StreamObserver<InspectResponse> out) {
      answer(InspectResponse.getDefaultInstance(), out);
    }
  }

  private final class FakeModels extends RegistryServiceGrpc.RegistryServiceImplBase {
    @Override
    public void createVersion(
        CreateVersionRequest request, StreamObserver<CreateVersionResponse> out) {
      commits.add(request);
      RuntimeException lost = lostAnswers.poll();
      if (lost != null) {
        out.onError(lost);
        return;
      }
      answer(
          CreateVersionResponse.newBuilder().setVersion(version()).setCreated(true).build(), out);
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> out) {
      answer(GetModelResponse.newBuilder().setModel(Model.newBuilder().setName("m")).build(), out);
    }

    @Override
    public void getVersion(GetVersionRequest request, StreamObserver<GetVersionResponse> out) {
      answer(GetVersionResponse.newBuilder().setVersion(version()).build(), out);
    }
  }
}
