package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a runtime is and which formats and ops it can load. */
@AutoValue
public abstract class RuntimeProfile {
  private static final String TITLE = "tfreg runtime 1";

  RuntimeProfile() {}

  /**
   * Returns the profile of a runtime.
   *
   * @param name what it is, such as {@code tensorflow-java}
   * @param tensorflowVersion TensorFlow's version in it, such as {@code 2.18.0}
   * @param formats formats that it can load, best first
   * @param opList its serialised {@code tensorflow.OpList}, as {@code TF_GetAllOpList} gives it;
   *     empty: it has none, and ops are not compared
   */
  public static RuntimeProfile of(
      String name, String tensorflowVersion, List<String> formats, byte[] opList) {
    return ofDigest(name, tensorflowVersion, formats, opList.length == 0 ? "" : Digests.of(opList));
  }

  /** Returns the profile of a runtime whose list of ops is known by its digest. */
  static RuntimeProfile ofDigest(
      String name, String tensorflowVersion, List<String> formats, String opListDigest) {
    return new AutoValue_RuntimeProfile(
        name, tensorflowVersion, List.copyOf(formats), opListDigest);
  }

  /** What it is, such as {@code tensorflow-java}. */
  public abstract String name();

  /** TensorFlow's version in it, such as {@code 2.18.0}. */
  public abstract String tensorflowVersion();

  /** Formats that it can load, best first. */
  public abstract List<String> formats();

  /** {@code sha256:<hex>} of its list of ops; empty if it has none. */
  public abstract String opListDigest();

  /** What it is named by: {@code sha256:<hex>} of the lines that the registry's API says. */
  public final String digest() {
    String lines =
        String.join(
            "\n",
            TITLE,
            name(),
            tensorflowVersion(),
            String.join(",", formats()),
            opListDigest(),
            "");
    return Digests.of(lines.getBytes(StandardCharsets.UTF_8));
  }
}
