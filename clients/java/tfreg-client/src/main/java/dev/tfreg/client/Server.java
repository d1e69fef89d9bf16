package dev.tfreg.client;

import dev.tfreg.v1.CapabilitiesServiceGrpc;
import dev.tfreg.v1.GetCapabilitiesRequest;
import dev.tfreg.v1.GetCapabilitiesResponse;
import dev.tfreg.v1.Limits;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Calls of CapabilitiesService about the server itself. */
final class Server {
  private final Calls calls;
  private final CapabilitiesServiceGrpc.CapabilitiesServiceBlockingStub stub;

  Server(Calls calls) {
    this.calls = calls;
    this.stub = CapabilitiesServiceGrpc.newBlockingStub(calls.channel());
  }

  Capabilities capabilities() {
    GetCapabilitiesRequest request = GetCapabilitiesRequest.getDefaultInstance();
    return capabilities(calls.read(stub, ready -> ready.getCapabilities(request)));
  }

  private static Capabilities capabilities(GetCapabilitiesResponse message) {
    return Capabilities.of(
        message.getServerVersion(),
        message.getApiVersionsList(),
        message.getFormatsList().stream()
            .map(format -> Capabilities.Format.of(format.getName(), format.getResolves()))
            .collect(Collectors.toUnmodifiableList()),
        message.getConversionsList().stream()
            .map(Server::conversion)
            .collect(Collectors.toUnmodifiableList()),
        limits(message.getLimits()));
  }

  private static Capabilities.Route conversion(dev.tfreg.v1.ConversionCapability message) {
    return Capabilities.Route.of(
        message.getName(),
        List.copyOf(message.getSourcesList()),
        message.getTarget(),
        message.getBy(),
        Duration.ofMillis(message.getCostMs()),
        List.copyOf(message.getLosesList()),
        List.copyOf(message.getOptionsList()),
        List.copyOf(message.getInputsList()));
  }

  private static ServerLimits limits(Limits message) {
    return ServerLimits.of(
        message.getMaxMessageBytes(),
        message.getMaxBlobBytes(),
        message.getMaxBlobsPerRequest(),
        message.getMaxManifestFiles(),
        message.getMaxPageSize(),
        message.getMaxCommitBytes(),
        Duration.ofSeconds(message.getLeasePeriodS()),
        Duration.ofSeconds(message.getUndeletePeriodS()));
  }
}
