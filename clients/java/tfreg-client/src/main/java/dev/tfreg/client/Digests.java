package dev.tfreg.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/** SHA-256 digests in their one written form, {@code sha256:<64 lower-case hex digits>}. */
final class Digests {
  private static final String PREFIX = "sha256:";
  private static final Pattern WRITTEN = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final int BUFFER_BYTES = 1 << 20;

  private Digests() {}

  static boolean isValid(String digest) {
    return WRITTEN.matcher(digest).matches();
  }

  static String hex(String digest) {
    return digest.substring(PREFIX.length());
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String of(byte[] content) {
    return written(sha256().digest(content));
  }

  static String ofFile(Path file) throws IOException {
    MessageDigest sum = sha256();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      while (channel.read(buffer) >= 0) {
        sum.update(buffer.flip());
        buffer.clear();
      }
    }
    return written(sum.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java platform has SHA-256.", impossible);
    }
  }

  static String written(byte[] sum) {
    StringBuilder text = new StringBuilder(PREFIX);
    for (byte part : sum) {
      text.append(Character.forDigit((part >> 4) & 15, 16))
          .append(Character.forDigit(part & 15, 16));
    }
    return text.toString();
  }
}
