package dev.tfreg.client;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.BindingServiceGrpc;
import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.ResolveRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

/**
 * A connection to nobody: what was answered before and kept is answered again, everything else is
 * an error that says so. So nothing above it need know that it is offline.
 */
final class OfflineChannel extends ManagedChannel {
  private final KeptAnswers kept;
  private final String address;
  private volatile boolean shutdown;

  OfflineChannel(KeptAnswers kept, String address) {
    this.kept = kept;
    this.address = address;
  }

  /** Whether the answers of a method are kept. */
  static boolean answers(MethodDescriptor<?, ?> method) {
    String name = method.getFullMethodName();
    return name.equals(BindingServiceGrpc.getResolveMethod().getFullMethodName())
        || name.equals(ArtifactServiceGrpc.getGetArtifactMethod().getFullMethodName());
  }

  private Optional<?> answer(Object request) {
    if (request instanceof ResolveRequest) {
      return kept.find((ResolveRequest) request);
    }
    if (request instanceof GetArtifactRequest) {
      return kept.find((GetArtifactRequest) request);
    }
    return Optional.empty();
  }

  private StatusRuntimeException offline(MethodDescriptor<?, ?> method, Object request) {
    String what = method.getServiceName() + "/" + method.getBareMethodName();
    if (request instanceof ResolveRequest) {
      what = "the binding of '" + ((ResolveRequest) request).getReference() + "'";
    } else if (request instanceof GetArtifactRequest) {
      what = "the artifact of '" + ((GetArtifactRequest) request).getReference() + "'";
    }
    String hint =
        "Resolve and pull it once, with the same options, while the registry can be reached; or"
            + " build the client without offline.";
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.FAILED_PRECONDITION_VALUE)
            .setMessage("The client is offline, and its cache does not hold " + what + ". " + hint)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setReason("OFFLINE")
                        .setDomain("tfreg.dev")
                        .putMetadata("address", address)
                        .putMetadata("hint", hint)
                        .build()))
            .build());
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    return new OfflineCall<>(method, options.getExecutor());
  }

  @Override
  public String authority() {
    return address;
  }

  @Override
  public ManagedChannel shutdown() {
    shutdown = true;
    return this;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown;
  }

  @Override
  public ManagedChannel shutdownNow() {
    return shutdown();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return shutdown;
  }

  /** A call that is answered once its question is complete. */
  private final class OfflineCall<Q, R> extends ClientCall<Q, R> {
    private final MethodDescriptor<Q, R> method;
    private final Executor executor;
    private Listener<R> listener;
    private Q request;

    OfflineCall(MethodDescriptor<Q, R> method, Executor executor) {
      this.method = method;
      this.executor = executor == null ? ForkJoinPool.commonPool() : executor;
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
      this.listener = listener;
    }

    @Override
    public void request(int messages) {}

    @Override
    public void cancel(String message, Throwable cause) {}

    @Override
    public void sendMessage(Q message) {
      request = message;
    }

    @Override
    public void halfClose() {
      executor.execute(this::close);
    }

    @SuppressWarnings("unchecked") // An answer is of the type that the method of its question has.
    private void close() {
      Optional<?> answer = answer(request);
      if (answer.isPresent()) {
        listener.onHeaders(new Metadata());
        listener.onMessage((R) answer.get());
        listener.onClose(Status.OK, new Metadata());
      } else {
        StatusRuntimeException failure = offline(method, request);
        listener.onClose(failure.getStatus(), failure.getTrailers());
      }
    }
  }
}
