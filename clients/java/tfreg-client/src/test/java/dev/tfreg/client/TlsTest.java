package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.v1.Version;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class TlsTest {
  @TempDir static Path certificates;
  private static TestCertificate server;
  private static TestCertificate caller;

  @TempDir Path cache;
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private FakeRegistry registry;
  private Server listening;

  @BeforeAll
  static void makeCertificates() throws Exception {
    server = TestCertificate.make(certificates, "server");
    caller = TestCertificate.make(certificates, "caller");
  }

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    registry.versions.add(Version.newBuilder().setModel("m").setNumber(5).build());
  }

  @AfterEach
  void stop() {
    if (listening != null) {
      listening.shutdownNow();
    }
    registry.close();
  }

  @Test
  void aServerOfATrustedAuthorityIsSpokenTo() throws Exception {
    listen(encrypted());
    try (TfregClient client = builder().tls(Tls.ofAuthorities(server.certificate)).build()) {
      assertEquals(5, client.getVersion("m").number());
      assertEquals(5, client.async().getVersion("m").join().number());
    }
  }

  @Test
  void aServerThatNobodyTrustsIsNot() throws Exception {
    listen(encrypted());
    for (Tls tls : List.of(Tls.ofSystemTrust(), Tls.ofAuthorities(caller.certificate))) {
      try (TfregClient client = builder().tls(tls).maxAttempts(1).build()) {
        TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
        assertEquals("TLS_FAILED", failure.reason(), failure.getMessage());
        assertTrue(failure.getMessage().endsWith("TfregClientBuilder.tls."));
      }
    }
  }

  @Test
  void aServerThatSpeaksPlaintextIsNotSpokenTo() throws Exception {
    listen(InsecureServerCredentials.create());
    Tls tls = Tls.ofAuthorities(server.certificate);
    try (TfregClient client = builder().tls(tls).maxAttempts(1).build()) {
      assertEquals(
          TfregException.Kind.UNAVAILABLE,
          assertThrows(TfregException.class, () -> client.getVersion("m")).kind());
    }
  }

  @Test
  void aServerThatAsksWhoCallsIsShownACertificate() throws Exception {
    listen(
        TlsServerCredentials.newBuilder()
            .keyManager(server.certificate.toFile(), server.privateKey.toFile())
            .trustManager(caller.certificate.toFile())
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build());
    Tls unknown = Tls.ofAuthorities(server.certificate);
    try (TfregClient client = builder().tls(unknown).maxAttempts(1).build()) {
      assertThrows(TfregException.class, () -> client.getVersion("m"));
    }
    Tls known = unknown.withClientCertificate(caller.certificate, caller.privateKey);
    try (TfregClient client = builder().tls(known).build()) {
      assertEquals(5, client.getVersion("m").number());
    }
  }

  @Test
  void filesThatHoldNoCertificatesAreToldSo() throws Exception {
    Path empty = Files.write(certificates.resolve("empty.crt"), new byte[0]);
    Path missing = certificates.resolve("missing.crt");
    for (Path file : List.of(empty, missing)) {
      TfregException failure =
          assertThrows(
              TfregException.class,
              () -> builder("localhost:1").tls(Tls.ofAuthorities(file)).build());
      assertEquals("TLS_INVALID", failure.reason());
    }
  }

  @Test
  void theTokenGoesWithEveryCallAndMayChange() throws Exception {
    listen(encrypted());
    AtomicInteger issued = new AtomicInteger();
    try (TfregClient client =
        builder()
            .tls(Tls.ofAuthorities(server.certificate))
            .token(() -> "t" + issued.incrementAndGet())
            .build()) {
      client.getVersion("m");
      client.async().getVersion("m").join();
    }
    assertEquals(List.of("Bearer t1", "Bearer t2"), authorizations);
  }

  @Test
  void aTokenIsNotSentInPlaintextUnlessThatIsAllowed() throws Exception {
    TfregException failure =
        assertThrows(TfregException.class, () -> builder("localhost:1").token("secret").build());
    assertEquals("REQUEST_INVALID", failure.reason());
    assertTrue(failure.getMessage().contains("plaintext"), failure.getMessage());
    listen(InsecureServerCredentials.create());
    try (TfregClient client = builder().token("secret").tokenInPlaintext(true).build()) {
      client.getVersion("m");
    }
    assertEquals(List.of("Bearer secret"), authorizations);
  }

  @Test
  void aTokenThatCannotBeHadFailsTheCall() throws Exception {
    listen(encrypted());
    try (TfregClient client =
        builder()
            .tls(Tls.ofAuthorities(server.certificate))
            .token(
                () -> {
                  throw new IllegalStateException("the vault is sealed");
                })
            .build()) {
      TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
      assertEquals(TfregException.Kind.UNAUTHENTICATED, failure.kind());
      assertTrue(failure.getMessage().contains("the vault is sealed"), failure.getMessage());
    }
  }

  @Test
  void aTokenThatTheServerRefusesIsToldSo() throws Exception {
    listen(encrypted());
    registry.failures.add(Status.UNAUTHENTICATED.withDescription("expired").asRuntimeException());
    registry.failures.add(Status.PERMISSION_DENIED.asRuntimeException());
    Tls tls = Tls.ofAuthorities(server.certificate);
    try (TfregClient client = builder().tls(tls).token("old").build()) {
      TfregException failure = assertThrows(TfregException.class, () -> client.getVersion("m"));
      assertEquals("UNAUTHENTICATED", failure.reason());
      assertEquals(
          "PERMISSION_DENIED",
          assertThrows(TfregException.class, () -> client.getVersion("m")).reason());
    }
  }

  private static ServerCredentials encrypted() throws Exception {
    return TlsServerCredentials.create(server.certificate.toFile(), server.privateKey.toFile());
  }

  private void listen(ServerCredentials credentials) throws Exception {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    listening =
        registry
            .addTo(NettyServerBuilder.forAddress(anyPort, credentials).intercept(new Listener()))
            .build()
            .start();
  }

  private TfregClientBuilder builder() {
    return builder("localhost:" + listening.getPort());
  }

  private TfregClientBuilder builder(String address) {
    return TfregClient.builder(address).cacheDir(cache);
  }

  /** Notes who calls. */
  private final class Listener implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String authorization = headers.get(BearerToken.AUTHORIZATION);
      if (authorization != null) {
        authorizations.add(authorization);
      }
      return next.startCall(call, headers);
    }
  }
}
