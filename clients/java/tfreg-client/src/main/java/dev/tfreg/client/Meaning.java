package dev.tfreg.client;

/** Which events can change what a reference stands for, or what is said about it. */
final class Meaning {
  private Meaning() {}

  /**
   * Whether an event may change the answer for a reference.
   *
   * @param known the answer so far; null if there is none yet, so that every event of the model may
   */
  static boolean mayChange(Event event, Reference reference, Binding known) {
    if (!event.model().equals(reference.model())) {
      return false;
    }
    if (known == null) {
      return true;
    }
    switch (event.kind()) {
      case ALIAS_MOVED:
        return reference.alias().filter(event.alias()::equals).isPresent();
      case VERSION_CREATED:
      case VERSION_UNDELETED:
        return isFloating(reference) || event.version() == known.version();
      case VERSION_DELETED:
      case VERSION_PURGED:
      case ATTACHMENT_ADDED:
      case SIGNATURE_DECLARED:
      case SIGNATURE_WITHDRAWN:
      case ARTIFACT_DERIVED:
      case CONVERSION_CHECKED:
        return event.version() == known.version();
      default:
        return true;
    }
  }

  /** Whether a further version can be what it stands for: the newest, or the first of a digest. */
  private static boolean isFloating(Reference reference) {
    return reference.version().isEmpty() && reference.alias().isEmpty();
  }
}
