package dev.tfreg.client;

import dev.tfreg.v1.GetArtifactRequest;
import dev.tfreg.v1.GetArtifactResponse;
import dev.tfreg.v1.ResolveRequest;
import dev.tfreg.v1.ResolveResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;

/** Keeps what an offline client will be asked. */
final class AnswerKeeper implements ClientInterceptor {
  private final KeptAnswers kept;

  AnswerKeeper(KeptAnswers kept) {
    this.kept = kept;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    ClientCall<Q, R> call = next.newCall(method, options);
    return OfflineChannel.answers(method) ? new Keeping<>(method, call) : call;
  }

  private <Q, R> void keep(MethodDescriptor<Q, R> method, Q request, R response) {
    if (request instanceof ResolveRequest) {
      kept.keep((ResolveRequest) request, (ResolveResponse) response);
    } else if (request instanceof GetArtifactRequest) {
      kept.keep((GetArtifactRequest) request, (GetArtifactResponse) response);
    } else {
      kept.keep(method, request, response);
    }
  }

  /** A call whose question and answer are kept. */
  private final class Keeping<Q, R> extends SimpleForwardingClientCall<Q, R> {
    private final MethodDescriptor<Q, R> method;
    private volatile Q request;

    Keeping(MethodDescriptor<Q, R> method, ClientCall<Q, R> call) {
      super(call);
      this.method = method;
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
      super.start(
          new SimpleForwardingClientCallListener<R>(listener) {
            @Override
            public void onMessage(R response) {
              keep(method, request, response);
              super.onMessage(response);
            }
          },
          headers);
    }

    @Override
    public void sendMessage(Q message) {
      request = message;
      super.sendMessage(message);
    }
  }
}
