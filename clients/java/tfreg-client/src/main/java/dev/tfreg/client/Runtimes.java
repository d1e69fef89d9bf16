package dev.tfreg.client;

import com.google.protobuf.ByteString;
import dev.tfreg.v1.CapabilitiesServiceGrpc;
import dev.tfreg.v1.RegisterRuntimeRequest;
import dev.tfreg.v1.RegisterRuntimeResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Registers runtimes, and does so again by itself where a server has forgotten one: after a long
 * time, or because it is another one.
 */
final class Runtimes {
  private final Calls calls;
  private final CapabilitiesServiceGrpc.CapabilitiesServiceBlockingStub stub;
  private final Map<String, RegisterRuntimeRequest> registered = new ConcurrentHashMap<>();

  Runtimes(Calls calls) {
    this.calls = calls;
    this.stub = CapabilitiesServiceGrpc.newBlockingStub(calls.channel());
  }

  /** Names the runtime by digest first, and sends the list of ops only to who lacks it. */
  String register(RuntimeProfile profile, byte[] opList) {
    RegisterRuntimeRequest whole = request(profile, opList);
    String runtime = register(whole);
    registered.put(runtime, whole);
    return runtime;
  }

  CompletableFuture<String> registerAsync(RuntimeProfile profile, byte[] opList) {
    RegisterRuntimeRequest whole = request(profile, opList);
    Answer<String> answer = new Answer<>();
    answer.follow(
        registerAsync(whole),
        runtime -> {
          registered.put(runtime, whole);
          return runtime;
        });
    return answer;
  }

  /** Makes a call that names a runtime. */
  <T> T registered(String runtime, Supplier<T> call) {
    try {
      return call.get();
    } catch (TfregException failure) {
      RegisterRuntimeRequest known = forgotten(runtime, failure);
      if (known == null) {
        throw failure;
      }
      register(known);
      return call.get();
    }
  }

  /** Makes a call that names a runtime. */
  <T> CompletableFuture<T> registeredAsync(String runtime, Supplier<CompletableFuture<T>> call) {
    CompletableFuture<T> first = call.get();
    if (!registered.containsKey(runtime)) {
      return first;
    }
    Answer<T> answer = new Answer<>();
    answer.waitsFor(() -> first.cancel(true));
    var unused =
        first.whenComplete(
            (value, failure) -> {
              RegisterRuntimeRequest known = failure == null ? null : forgotten(runtime, failure);
              if (failure == null) {
                answer.complete(value);
              } else if (known == null) {
                answer.completeExceptionally(failure);
              } else {
                answer.then(registerAsync(known), again -> answer.follow(call.get(), same -> same));
              }
            });
    return answer;
  }

  private RegisterRuntimeRequest forgotten(String runtime, Throwable failure) {
    boolean unknown =
        failure instanceof TfregException
            && ((TfregException) failure).reason().equals("RUNTIME_NOT_FOUND");
    return unknown ? registered.get(runtime) : null;
  }

  private String register(RegisterRuntimeRequest whole) {
    RegisterRuntimeRequest brief = whole.toBuilder().clearOpList().build();
    RegisterRuntimeResponse response = calls.read(stub, ready -> ready.registerRuntime(brief));
    return response.getOpListNeeded()
        ? calls.read(stub, ready -> ready.registerRuntime(whole)).getRuntime()
        : response.getRuntime();
  }

  private CompletableFuture<String> registerAsync(RegisterRuntimeRequest whole) {
    Answer<String> answer = new Answer<>();
    answer.then(
        send(whole.toBuilder().clearOpList().build()),
        response -> {
          if (response.getOpListNeeded()) {
            answer.follow(send(whole), RegisterRuntimeResponse::getRuntime);
          } else {
            answer.complete(response.getRuntime());
          }
        });
    return answer;
  }

  private CompletableFuture<RegisterRuntimeResponse> send(RegisterRuntimeRequest request) {
    return calls
        .async()
        .read(CapabilitiesServiceGrpc.getRegisterRuntimeMethod(), request, response -> response);
  }

  private static RegisterRuntimeRequest request(RuntimeProfile profile, byte[] opList) {
    String digest = opList.length == 0 ? "" : Digests.of(opList);
    if (!digest.equals(profile.opListDigest())) {
      String hint = "Make the profile with RuntimeProfile.of from the same list.";
      throw new TfregException(
          TfregException.Kind.INVALID_ARGUMENT,
          "RUNTIME_INVALID",
          "The list of ops is "
              + digest
              + ", the profile says "
              + profile.opListDigest()
              + ". "
              + hint,
          Map.of("hint", hint));
    }
    return RegisterRuntimeRequest.newBuilder()
        .setProfile(
            dev.tfreg.v1.RuntimeProfile.newBuilder()
                .setName(profile.name())
                .setTensorflowVersion(profile.tensorflowVersion())
                .addAllFormats(profile.formats())
                .setOpListDigest(profile.opListDigest()))
        .setOpList(ByteString.copyFrom(opList))
        .build();
  }
}
