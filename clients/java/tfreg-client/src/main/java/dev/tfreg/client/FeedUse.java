package dev.tfreg.client;

/** Whether a feed must be fed for the outputs that were asked for. */
public enum FeedUse {
  /** The run fails without it. */
  REQUIRED,
  /** It has a default in the graph. */
  OPTIONAL,
  /** The outputs do not depend on it. */
  UNUSED,
  /** The server does not say. */
  UNKNOWN
}
