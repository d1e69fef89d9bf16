package dev.tfreg.tensorflow;

import dev.tfreg.client.Diagnostic;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What was loaded, and how. */
public interface LoadedModel {
  /** What was asked for, such as {@code team/bert@prod}. */
  String reference();

  /** The model's name. */
  String model();

  /** The version. */
  long version();

  /** Digest of the artifact. */
  String artifactDigest();

  /** Its format. */
  String format();

  /** Whether the registry made it by a conversion. */
  boolean converted();

  /** How it was loaded. */
  Route route();

  /** The files in the cache. */
  Path path();

  /** The tag set that was loaded; empty for formats without. */
  Set<String> tags();

  /** What the registry and the pre-flight had to say; nothing of severity error. */
  List<Diagnostic> diagnostics();

  /** The ways by which a model gets into a session. */
  enum Route {
    /**
     * The graph of the MetaGraphDef was imported, its variables restored, and its init operation
     * run with the paths of the assets fed. SavedModelBundle does the same, but fails for models
     * with sparse or ragged signatures and for some with tables.
     */
    SAVED_MODEL,
    /** The graph was imported; its tables were initialised. */
    FROZEN_GRAPH,
    /** The graph of the .meta was imported, and SaverDef's restore operation was run. */
    CHECKPOINT
  }
}
