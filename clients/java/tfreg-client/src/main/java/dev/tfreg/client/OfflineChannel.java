package dev.tfreg.client;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.BindingServiceGrpc;
import dev.tfreg.v1.CapabilitiesServiceGrpc;
import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.RegistryServiceGrpc;
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
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A connection to nobody: what was answered before and kept is answered again, everything else is
 * an error that says so. So nothing above it need know that it is offline.
 */
final class OfflineChannel extends ManagedChannel {
  /** What is asked in order to resolve, to pull and to load a model. */
  private static final Set<String> ANSWERED =
      Stream.of(
              BindingServiceGrpc.getResolveMethod(),
              ArtifactServiceGrpc.getGetArtifactMethod(),
              ArtifactServiceGrpc.getInspectMethod(),
              BindingServiceGrpc.getDiagnoseMethod(),
              CapabilitiesServiceGrpc.getRegisterRuntimeMethod(),
              RegistryServiceGrpc.getGetVersionMethod())
          .map(MethodDescriptor::getFullMethodName)
          .collect(Collectors.toUnmodifiableSet());

  private final KeptAnswers kept;
  private final String address;
  private volatile boolean shutdown;

  OfflineChannel(KeptAnswers kept, String address) {
    this.kept = kept;
    this.address = address;
  }

  /** Whether the answers of a method are kept. */
  static boolean answers(MethodDescriptor<?, ?> method) {
    return ANSWERED.contains(method.getFullMethodName());
  }

  private <Q, R> Optional<?> answer(MethodDescriptor<Q, R> method, Q request) {
    if (request instanceof ResolveRequest) {
      return kept.find((ResolveRequest) request);
    }
    if (request instanceof GetArtifactRequest) {
      return kept.find((GetArtifactRequest) request);
    }
    return answers(method) ? kept.find(method, request) : Optional.empty();
  }

  private StatusRuntimeException offline(MethodDescriptor<?, ?> method, Object request) {
    String what = "an answer to " + method.getBareMethodName();
    if (request instanceof ResolveRequest) {
      what = "the binding of '" + ((ResolveRequest) request).getReference() + "'";
    } else if (request instanceof GetArtifactRequest) {
      what = "the artifact of '" + ((GetArtifactRequest) request).getReference() + "'";
    }
    String hint =
        "Do the same once, with the same address, cache and options, while the registry can be"
            + " reached; or build the client without offline.";
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
      Optional<?> answer = answer(method, request);
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
