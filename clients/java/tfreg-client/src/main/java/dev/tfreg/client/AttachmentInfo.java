package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/** A file kept beside a version: labels, a vocabulary, sample inputs, a README. */
@AutoValue
public abstract class AttachmentInfo {
  AttachmentInfo() {}

  static AttachmentInfo of(String role, String fileName, long sizeBytes, String digest) {
    return new AutoValue_AttachmentInfo(role, fileName, sizeBytes, digest);
  }

  /** What it is for: {@code labels}, {@code vocabulary}, {@code samples}, or a word of its own. */
  public abstract String role();

  /** Its plain name. */
  public abstract String fileName();

  /** Its size. */
  public abstract long sizeBytes();

  /** SHA-256 of its content, {@code sha256:<hex>}. */
  public abstract String digest();
}
