package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.Optional;

/** How a connection is encrypted: whose certificates are trusted, and which one is shown. */
@AutoValue
public abstract class Tls {
  Tls() {}

  /** Returns TLS that trusts the certificate authorities of this Java runtime. */
  public static Tls ofSystemTrust() {
    return new AutoValue_Tls(Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * Returns TLS that trusts the certificate authorities of a file, and no others.
   *
   * @param authorities certificates in PEM
   */
  public static Tls ofAuthorities(Path authorities) {
    return new AutoValue_Tls(Optional.of(authorities), Optional.empty(), Optional.empty());
  }

  /**
   * Returns the same, showing a certificate to servers that ask who calls.
   *
   * @param certificates the certificate and those that lead to its authority, in PEM
   * @param privateKey its key, PKCS #8 in PEM
   */
  public final Tls withClientCertificate(Path certificates, Path privateKey) {
    return new AutoValue_Tls(authorities(), Optional.of(certificates), Optional.of(privateKey));
  }

  /** The file of the certificate authorities to trust; empty: those of this Java runtime. */
  public abstract Optional<Path> authorities();

  /** The file of the certificate to show. */
  public abstract Optional<Path> certificates();

  /** The file of its key. */
  public abstract Optional<Path> privateKey();

  final ChannelCredentials credentials() {
    try {
      TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
      if (authorities().isPresent()) {
        requireCertificates(authorities().get());
        builder.trustManager(authorities().get().toFile());
      }
      if (certificates().isPresent() && privateKey().isPresent()) {
        builder.keyManager(certificates().get().toFile(), privateKey().get().toFile());
      }
      return builder.build();
    } catch (IOException | CertificateException unreadable) {
      throw invalid(unreadable);
    }
  }

  /** grpc takes a file without certificates for one that trusts nobody, and says so too late. */
  private static void requireCertificates(Path file) throws IOException, CertificateException {
    try (InputStream content = Files.newInputStream(file)) {
      if (CertificateFactory.getInstance("X.509").generateCertificates(content).isEmpty()) {
        throw new CertificateException(file + " holds no certificate");
      }
    }
  }

  final TfregException invalid(Exception cause) {
    String hint = "Name files that hold certificates, and a PKCS #8 key, in PEM.";
    return new TfregException(
        TfregException.Kind.INVALID_ARGUMENT,
        "TLS_INVALID",
        "TLS cannot be set up from its files: " + cause + ". " + hint,
        Map.of("hint", hint),
        cause);
  }
}
