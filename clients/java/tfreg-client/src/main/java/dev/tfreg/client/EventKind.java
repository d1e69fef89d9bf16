package dev.tfreg.client;

/** What can happen to a model. */
public enum EventKind {
  /** A version was made. */
  VERSION_CREATED,
  /** An alias was made, moved or removed. */
  ALIAS_MOVED,
  /** A file was attached to a version. */
  ATTACHMENT_ADDED,
  /** A signature was declared. */
  SIGNATURE_DECLARED,
  /** A declared signature was withdrawn. */
  SIGNATURE_WITHDRAWN,
  /** A version was converted to a further format. */
  ARTIFACT_DERIVED,
  /** A conversion was checked. */
  CONVERSION_CHECKED,
  /** A version was deleted. */
  VERSION_DELETED,
  /** A deletion was taken back. */
  VERSION_UNDELETED,
  /** A deleted version was collected: nothing is left of it but its events. */
  VERSION_PURGED,
  /** A kind that is newer than this client; it can be passed over. */
  UNKNOWN
}
