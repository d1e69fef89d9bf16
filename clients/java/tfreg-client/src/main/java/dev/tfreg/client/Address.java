package dev.tfreg.client;

import java.util.Map;
import java.util.regex.Pattern;

/** Addresses of servers as users write them. */
final class Address {
  private static final String UNIX = "unix:";
  private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[^\\]/]+\\]|[^:/\\s]+):[0-9]+");

  private Address() {}

  /** Returns grpc's name for {@code host:port} or {@code unix:/path}. */
  static String target(String address) {
    if (address.startsWith(UNIX)) {
      return address;
    }
    if (HOST_AND_PORT.matcher(address).matches()) {
      return "dns:///" + address;
    }
    String hint = "Write host:port, such as localhost:7433, or unix:/path/of/socket.";
    throw new TfregException(
        TfregException.Kind.INVALID_ARGUMENT,
        "REQUEST_INVALID",
        "'" + address + "' is not the address of a server. " + hint,
        Map.of("address", address, "hint", hint));
  }

  /** Whether what is sent there stays on this machine, for the socket's owner to read. */
  static boolean isLocal(String address) {
    return address.startsWith(UNIX);
  }
}
