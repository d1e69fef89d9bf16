package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Arrays;
import java.util.List;

/** Which nodes of a graph to list. */
@AutoValue
public abstract class ListNodesOptions {
  ListNodesOptions() {}

  /** Starts options: all nodes at the top level of the pushed artifact's graph. */
  public static Builder builder(String reference) {
    return new AutoValue_ListNodesOptions.Builder()
        .reference(reference)
        .formats()
        .tags()
        .ops()
        .prefix("")
        .withFunctions(false);
  }

  /** What is asked about: {@code team/name}, {@code team/name:7}, {@code team/name@prod}. */
  public abstract String reference();

  /** Formats that the caller can use, best first; empty: the pushed one. */
  public abstract List<String> formats();

  /** Tag set of the MetaGraphDef; empty: the only one, else exactly {@code serve}. */
  public abstract List<String> tags();

  /** Only nodes of these ops; empty: all. */
  public abstract List<String> ops();

  /** Only nodes whose name starts so; empty: all. */
  public abstract String prefix();

  /** Whether to list the nodes of functions too, after those of the top level. */
  public abstract boolean withFunctions();

  /** Builds {@link ListNodesOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder reference(String reference);

    abstract Builder formats(List<String> formats);

    /** Sets {@link ListNodesOptions#formats}. */
    public final Builder formats(String... formats) {
      return formats(List.copyOf(Arrays.asList(formats)));
    }

    abstract Builder tags(List<String> tags);

    /** Sets {@link ListNodesOptions#tags}. */
    public final Builder tags(String... tags) {
      return tags(List.copyOf(Arrays.asList(tags)));
    }

    abstract Builder ops(List<String> ops);

    /** Sets {@link ListNodesOptions#ops}. */
    public final Builder ops(String... ops) {
      return ops(List.copyOf(Arrays.asList(ops)));
    }

    /** Sets {@link ListNodesOptions#prefix}. */
    public abstract Builder prefix(String prefix);

    /** Sets {@link ListNodesOptions#withFunctions}. */
    public abstract Builder withFunctions(boolean withFunctions);

    /** Returns the options. */
    public abstract ListNodesOptions build();
  }
}
