package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;
import java.util.Optional;

/** One MetaGraphDef. */
@AutoValue
public abstract class MetaGraph {
  MetaGraph() {}

  static Builder builder() {
    return new AutoValue_MetaGraph.Builder();
  }

  /** Its tag set; matched as a whole. */
  public abstract List<String> tags();

  /** Its signatures, sorted by key. */
  public abstract List<SignatureInfo> signatures();

  /** The ops that the graph and its functions use, sorted. */
  public abstract List<String> ops();

  /** TensorFlow's version that wrote it; empty if it does not say. */
  public abstract String tensorflowVersion();

  /** The graph's producer version. */
  public abstract int producer();

  /** How many nodes stand at the graph's top level. */
  public abstract long nodeCount();

  /** How many functions its library holds. */
  public abstract long functionCount();

  /** Files that the graph reads at initialisation. */
  public abstract List<Asset> assets();

  /** What must be run before the first call. */
  public abstract Targets targets();

  /** How its variables are saved; empty if it does not say. */
  public abstract Optional<Saver> saver();

  @AutoValue.Builder
  interface Builder {
    Builder tags(List<String> tags);

    Builder signatures(List<SignatureInfo> signatures);

    Builder ops(List<String> ops);

    Builder tensorflowVersion(String tensorflowVersion);

    Builder producer(int producer);

    Builder nodeCount(long nodeCount);

    Builder functionCount(long functionCount);

    Builder assets(List<Asset> assets);

    Builder targets(Targets targets);

    Builder saver(Saver saver);

    MetaGraph build();
  }
}
