package dev.tfreg.client;

import com.google.auto.value.AutoValue;

/** An attachment and what its file is made of. */
@AutoValue
abstract class AttachmentLayout {
  static AttachmentLayout of(String role, FileLayout layout) {
    return new AutoValue_AttachmentLayout(role, layout);
  }

  abstract String role();

  abstract FileLayout layout();
}
