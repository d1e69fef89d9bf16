package dev.tfreg.client;

import dev.tfreg.v1.BindingServiceGrpc;
import dev.tfreg.v1.ResolveRequest;
import dev.tfreg.v1.ResolveResponse;
import java.util.Map;
import java.util.Optional;

/** Calls of BindingService. */
final class Bindings {
  private final Calls calls;
  private final BindingServiceGrpc.BindingServiceBlockingStub stub;

  Bindings(Calls calls) {
    this.calls = calls;
    this.stub = BindingServiceGrpc.newBlockingStub(calls.channel());
  }

  /** Returns the binding. */
  Binding resolve(ResolveOptions options) {
    return resolve(options, "").orElseThrow(Bindings::unasked);
  }

  /** Returns the binding; empty if the one of {@code knownRevision} still holds. */
  Optional<Binding> resolve(ResolveOptions options, String knownRevision) {
    ResolveRequest request =
        ResolveRequest.newBuilder()
            .setReference(options.reference())
            .addAllFormats(options.formats())
            .setSignature(options.signature())
            .addAllTags(options.tags())
            .addAllOutputs(options.outputs())
            .setKnownRevision(knownRevision)
            .build();
    ResolveResponse response = calls.read(stub, ready -> ready.resolve(request));
    return response.getUnchanged()
        ? Optional.empty()
        : Optional.of(BindingMessages.binding(response.getBinding()));
  }

  private static TfregException unasked() {
    String hint = "Check that a tfreg registry answers at this address, and see its log.";
    return new TfregException(
        TfregException.Kind.INTERNAL,
        "INTERNAL",
        "The server says that nothing has changed, but no revision was named. " + hint,
        Map.of("hint", hint));
  }
}
