package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an artifact says about itself, read without TensorFlow. */
@AutoValue
public abstract class Inspection {
  Inspection() {}

  static Builder builder() {
    return new AutoValue_Inspection.Builder();
  }

  /** The model's name. */
  public abstract String model();

  /** The version that the reference stood for. */
  public abstract long version();

  /** The artifact that was inspected, {@code sha256:<hex>}. */
  public abstract String artifactDigest();

  /** Its format. */
  public abstract String format();

  /** The MetaGraphDefs, in the file's order. A frozen graph counts as one without tags. */
  public abstract List<MetaGraph> metaGraphs();

  /** The traced functions that a TF2 SavedModel offers besides its signatures. */
  public abstract List<CallableFunction> functions();

  /** The architecture that a Keras file holds. */
  public abstract Optional<KerasModel> keras();

  /** The subgraphs of a TFLite model. Its signatures are those of one MetaGraph without tags. */
  public abstract List<Subgraph> subgraphs();

  /** How many tensors the artifact stores; {@link TfregClient#listTensors} lists them. */
  public abstract long tensorCount();

  /** How many bytes these tensors have in all. */
  public abstract long tensorSizeBytes();

  /** Further facts as the format names them. */
  public abstract Map<String, String> facts();

  /** What is wrong with the artifact, or may be, or is unsafe in it. */
  public abstract List<Diagnostic> problems();

  /** What identifies the model beyond its bytes. */
  public abstract Fingerprints fingerprints();

  /** Version of the inspector; facts may grow with it. */
  public abstract int inspectorVersion();

  @AutoValue.Builder
  interface Builder {
    Builder model(String model);

    Builder version(long version);

    Builder artifactDigest(String artifactDigest);

    Builder format(String format);

    Builder metaGraphs(List<MetaGraph> metaGraphs);

    Builder functions(List<CallableFunction> functions);

    Builder keras(KerasModel keras);

    Builder subgraphs(List<Subgraph> subgraphs);

    Builder tensorCount(long tensorCount);

    Builder tensorSizeBytes(long tensorSizeBytes);

    Builder facts(Map<String, String> facts);

    Builder problems(List<Diagnostic> problems);

    Builder fingerprints(Fingerprints fingerprints);

    Builder inspectorVersion(int inspectorVersion);

    Inspection build();
  }
}
