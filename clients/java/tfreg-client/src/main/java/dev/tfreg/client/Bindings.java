package dev.tfreg.client;

import dev.tfreg.v1.BindingServiceGrpc;
import dev.tfreg.v1.DiagnoseRequest;
import dev.tfreg.v1.ResolveRequest;
import dev.tfreg.v1.ResolveResponse;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Calls of BindingService. */
final class Bindings {
  private final Calls calls;
  private final Runtimes runtimes;
  private final BindingServiceGrpc.BindingServiceBlockingStub stub;

  Bindings(Calls calls, Runtimes runtimes) {
    this.calls = calls;
    this.runtimes = runtimes;
    this.stub = BindingServiceGrpc.newBlockingStub(calls.channel());
  }

  /** Returns the binding. */
  Binding resolve(ResolveOptions options) {
    return resolve(options, "").orElseThrow(Bindings::unasked);
  }

  /** Returns the binding; empty if the one of {@code knownRevision} still holds. */
  Optional<Binding> resolve(ResolveOptions options, String knownRevision) {
    ResolveRequest request = request(options, knownRevision);
    return binding(
        runtimes.registered(
            options.runtime(),
            () ->
                calls.read(
                    stub, calls.deadline(options.convert()), ready -> ready.resolve(request))));
  }

  CompletableFuture<Binding> resolveAsync(ResolveOptions options) {
    Answer<Binding> answer = new Answer<>();
    answer.follow(resolveAsync(options, ""), found -> found.orElseThrow(Bindings::unasked));
    return answer;
  }

  CompletableFuture<Optional<Binding>> resolveAsync(ResolveOptions options, String knownRevision) {
    ResolveRequest request = request(options, knownRevision);
    return runtimes.registeredAsync(
        options.runtime(),
        () ->
            calls
                .async()
                .read(
                    BindingServiceGrpc.getResolveMethod(),
                    request,
                    calls.deadline(options.convert()),
                    Bindings::binding));
  }

  Diagnosis diagnose(DiagnoseOptions options) {
    DiagnoseRequest request = request(options);
    return BindingMessages.diagnosis(
        runtimes.registered(
            options.runtime(), () -> calls.read(stub, ready -> ready.diagnose(request))));
  }

  CompletableFuture<Diagnosis> diagnoseAsync(DiagnoseOptions options) {
    DiagnoseRequest request = request(options);
    return runtimes.registeredAsync(
        options.runtime(),
        () ->
            calls
                .async()
                .read(BindingServiceGrpc.getDiagnoseMethod(), request, BindingMessages::diagnosis));
  }

  private static ResolveRequest request(ResolveOptions options, String knownRevision) {
    return ResolveRequest.newBuilder()
        .setReference(options.reference())
        .addAllFormats(options.formats())
        .setSignature(options.signature())
        .addAllTags(options.tags())
        .addAllOutputs(options.outputs())
        .setKnownRevision(knownRevision)
        .setConvert(options.convert())
        .setRuntime(options.runtime())
        .build();
  }

  private static DiagnoseRequest request(DiagnoseOptions options) {
    return DiagnoseRequest.newBuilder()
        .setReference(options.reference())
        .addAllFormats(options.formats())
        .addAllTags(options.tags())
        .setRuntime(options.runtime())
        .build();
  }

  private static Optional<Binding> binding(ResolveResponse response) {
    return response.getUnchanged()
        ? Optional.empty()
        : Optional.of(BindingMessages.binding(response.getBinding()));
  }

  static TfregException unasked() {
    String hint = "Check that a tfreg registry answers at this address, and see its log.";
    return new TfregException(
        TfregException.Kind.INTERNAL,
        "INTERNAL",
        "The server says that nothing has changed, but no revision was named. " + hint,
        Map.of("hint", hint));
  }
}
