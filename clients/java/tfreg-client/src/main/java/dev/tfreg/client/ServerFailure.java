package dev.tfreg.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.tfreg.client.TfregException.Kind;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Makes a {@link TfregException} of a call's failure: the registry's own, or the transport's. */
final class ServerFailure {
  private static final String DOMAIN = "tfreg.dev";

  private ServerFailure() {}

  static TfregException of(StatusRuntimeException failure, String address) {
    com.google.rpc.Status details = StatusProto.fromThrowable(failure);
    return Optional.ofNullable(details)
        .flatMap(ServerFailure::errorInfo)
        .map(info -> told(failure, details, info))
        .orElseGet(() -> transport(failure, address));
  }

  private static Optional<ErrorInfo> errorInfo(com.google.rpc.Status details) {
    for (Any detail : details.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          if (info.getDomain().equals(DOMAIN)) {
            return Optional.of(info);
          }
        } catch (InvalidProtocolBufferException garbled) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private static TfregException told(
      StatusRuntimeException failure, com.google.rpc.Status details, ErrorInfo info) {
    return new TfregException(
        kind(failure.getStatus().getCode()),
        info.getReason(),
        withHint(details.getMessage(), info.getMetadataOrDefault("hint", "")),
        info.getMetadataMap(),
        failure);
  }

  static String withHint(String message, String hint) {
    return message.endsWith(hint) ? message : message + " " + hint;
  }

  private static TfregException transport(StatusRuntimeException failure, String address) {
    Status status = failure.getStatus();
    String said = said(status);
    switch (status.getCode()) {
      case UNAVAILABLE:
        if (isTls(status)) {
          return failed(
              failure,
              "TLS_FAILED",
              "No encrypted connection to " + address + ": " + said + ".",
              "Check that the server speaks TLS, that its certificate is for this name, and that the"
                  + " client trusts its authority: TfregClientBuilder.tls.",
              address);
        }
        return failed(
            failure,
            "SERVER_UNAVAILABLE",
            "No registry answers at " + address + (said.isEmpty() ? "." : " (" + said + ")."),
            "Check the address, and that the server runs: tfreg serve.",
            address);
      case UNAUTHENTICATED:
        return failed(
            failure,
            "UNAUTHENTICATED",
            "The registry at " + address + " does not know who calls (" + said + ").",
            "Give the client a token that holds: TfregClientBuilder.token.",
            address);
      case PERMISSION_DENIED:
        return failed(
            failure,
            "PERMISSION_DENIED",
            "The registry at " + address + " does not allow this call (" + said + ").",
            "Ask who runs it, or use another token.",
            address);
      case DEADLINE_EXCEEDED:
        return failed(
            failure,
            "DEADLINE_EXCEEDED",
            "The registry at " + address + " did not answer in time.",
            "Try again, or give the client a longer deadline.",
            address);
      case CANCELLED:
        return failed(
            failure,
            "CANCELLED",
            "The call to " + address + " was cancelled.",
            "Repeat it if it was not meant to be: calls that read change nothing.",
            address);
      case RESOURCE_EXHAUSTED:
        return failed(
            failure,
            "LIMIT_EXCEEDED",
            "The call to " + address + " passes a limit: " + said + ".",
            "Ask for less at once; a proxy on the way may have limits of its own.",
            address);
      case UNIMPLEMENTED:
        return failed(
            failure,
            "INTERNAL",
            "The server at " + address + " does not know this call.",
            "Check that it is a tfreg registry, and not older than this client.",
            address);
      default:
        return failed(
            failure,
            "INTERNAL",
            "The call to " + address + " failed: " + status.getCode() + " " + said,
            "See the server's log.",
            address);
    }
  }

  private static boolean isTls(Status status) {
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return true;
      }
    }
    return false;
  }

  /** The innermost cause says it best: "Connection refused", where grpc says "io exception". */
  private static String said(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String inner = cause == null ? null : cause.getMessage();
    return Optional.ofNullable(inner)
        .or(() -> Optional.ofNullable(status.getDescription()))
        .orElse("");
  }

  private static TfregException failed(
      StatusRuntimeException failure, String reason, String message, String hint, String address) {
    Map<String, String> metadata = new HashMap<>(Map.of("address", address, "hint", hint));
    return new TfregException(
        kind(failure.getStatus().getCode()), reason, message + " " + hint, metadata, failure);
  }

  static Kind kind(Status.Code code) {
    switch (code) {
      case INVALID_ARGUMENT:
      case OUT_OF_RANGE:
        return Kind.INVALID_ARGUMENT;
      case NOT_FOUND:
        return Kind.NOT_FOUND;
      case FAILED_PRECONDITION:
      case ALREADY_EXISTS:
        return Kind.FAILED_PRECONDITION;
      case ABORTED:
        return Kind.ABORTED;
      case RESOURCE_EXHAUSTED:
        return Kind.RESOURCE_EXHAUSTED;
      case DATA_LOSS:
        return Kind.DATA_LOSS;
      case UNAVAILABLE:
        return Kind.UNAVAILABLE;
      case DEADLINE_EXCEEDED:
        return Kind.DEADLINE_EXCEEDED;
      case CANCELLED:
        return Kind.CANCELLED;
      case UNAUTHENTICATED:
        return Kind.UNAUTHENTICATED;
      case PERMISSION_DENIED:
        return Kind.PERMISSION_DENIED;
      default:
        return Kind.INTERNAL;
    }
  }
}
