package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a caller can say about a conversion. Which route takes which, {@link
 * Capabilities#conversions} says.
 */
@AutoValue
public abstract class ConversionSettings {
  ConversionSettings() {}

  /** Starts settings: all as the model itself says. */
  public static Builder builder() {
    return new AutoValue_ConversionSettings.Builder()
        .signature("")
        .tags()
        .inputs(List.of())
        .outputs(List.of())
        .shapes(Map.of())
        .renamed(Map.of())
        .placeholders(List.of())
        .clearDevices(false)
        .keepVariables()
        .variableKeys(Map.of())
        .ema(false)
        .function("")
        .spec("")
        .allowTrainingGraph(false)
        .inferenceOnly(false)
        .match("")
        .partial(false)
        .quantize("")
        .selectTfOps(false)
        .optimize(false)
        .methodName("")
        .newTags()
        .newSignature("");
  }

  /**
   * Key of the SignatureDef to convert; empty: all where the target can hold several, else {@code
   * serving_default} or the only one.
   */
  public abstract String signature();

  /** Tag set of the MetaGraphDef; empty: the only one, else exactly {@code serve}. */
  public abstract List<String> tags();

  /** The inputs that the result shall have; empty: the signature's. */
  public abstract List<NamedTensor> inputs();

  /** The outputs that the result shall have; empty: the signature's. */
  public abstract List<NamedTensor> outputs();

  /**
   * Shapes that inputs shall have, by key, node or tensor; what follows in the graph is inferred
   * anew.
   */
  public abstract Map<String, Shape> shapes();

  /** Identities to add: the tensor that each name stands for. */
  public abstract Map<String, String> renamed();

  /** Tensors to be replaced by a placeholder named by their key. */
  public abstract List<NamedTensor> placeholders();

  /** Whether to take the device strings out. */
  public abstract boolean clearDevices();

  /** Variables that a frozen graph keeps as variables; {@code *} for all. */
  public abstract List<String> keepVariables();

  /** Variables that are loaded from other checkpoint keys than their own. */
  public abstract Map<String, String> variableKeys();

  /** Whether to load the moving average of each variable that has one. */
  public abstract boolean ema();

  /** A traced function of a TF2 SavedModel to make the signature of, such as {@code __call__}. */
  public abstract String function();

  /** Which of its traces, as {@code x: float32[?,3]}; empty: the only one. */
  public abstract String spec();

  /** Whether to convert a graph that trains all the same. */
  public abstract boolean allowTrainingGraph();

  /** Whether to drop what only training needs. */
  public abstract boolean inferenceOnly();

  /**
   * How weights find their places: {@code name}, {@code path}, {@code order}; empty: the first that
   * matches all.
   */
  public abstract String match();

  /** Whether to take what matches, though not all does. */
  public abstract boolean partial();

  /** For TFLite: {@code float16}, {@code dynamic_range}, {@code int8}; empty: none. */
  public abstract String quantize();

  /** For TFLite: whether to allow TensorFlow's own ops. */
  public abstract boolean selectTfOps();

  /** For a frozen graph: whether to optimise it for inference. */
  public abstract boolean optimize();

  /**
   * Method name of the resulting signature; empty: as it was, else {@code
   * tensorflow/serving/predict}.
   */
  public abstract String methodName();

  /** Tag set of the resulting MetaGraphDef; empty: as it was, else {@code serve}. */
  public abstract List<String> newTags();

  /** Key of the resulting signature; empty: as it was, else {@code serving_default}. */
  public abstract String newSignature();

  /** Builds {@link ConversionSettings}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** Sets {@link ConversionSettings#signature}. */
    public abstract Builder signature(String signature);

    abstract Builder tags(List<String> tags);

    /** Sets {@link ConversionSettings#tags}. */
    public final Builder tags(String... tags) {
      return tags(List.copyOf(Arrays.asList(tags)));
    }

    /** Sets {@link ConversionSettings#inputs}. */
    public abstract Builder inputs(List<NamedTensor> inputs);

    /** Sets {@link ConversionSettings#outputs}. */
    public abstract Builder outputs(List<NamedTensor> outputs);

    /** Sets {@link ConversionSettings#shapes}. */
    public abstract Builder shapes(Map<String, Shape> shapes);

    /** Sets {@link ConversionSettings#renamed}. */
    public abstract Builder renamed(Map<String, String> renamed);

    /** Sets {@link ConversionSettings#placeholders}. */
    public abstract Builder placeholders(List<NamedTensor> placeholders);

    /** Sets {@link ConversionSettings#clearDevices}. */
    public abstract Builder clearDevices(boolean clearDevices);

    abstract Builder keepVariables(List<String> keepVariables);

    /** Sets {@link ConversionSettings#keepVariables}. */
    public final Builder keepVariables(String... keepVariables) {
      return keepVariables(List.copyOf(Arrays.asList(keepVariables)));
    }

    /** Sets {@link ConversionSettings#variableKeys}. */
    public abstract Builder variableKeys(Map<String, String> variableKeys);

    /** Sets {@link ConversionSettings#ema}. */
    public abstract Builder ema(boolean ema);

    /** Sets {@link ConversionSettings#function}. */
    public abstract Builder function(String function);

    /** Sets {@link ConversionSettings#spec}. */
    public abstract Builder spec(String spec);

    /** Sets {@link ConversionSettings#allowTrainingGraph}. */
    public abstract Builder allowTrainingGraph(boolean allowTrainingGraph);

    /** Sets {@link ConversionSettings#inferenceOnly}. */
    public abstract Builder inferenceOnly(boolean inferenceOnly);

    /** Sets {@link ConversionSettings#match}. */
    public abstract Builder match(String match);

    /** Sets {@link ConversionSettings#partial}. */
    public abstract Builder partial(boolean partial);

    /** Sets {@link ConversionSettings#quantize}. */
    public abstract Builder quantize(String quantize);

    /** Sets {@link ConversionSettings#selectTfOps}. */
    public abstract Builder selectTfOps(boolean selectTfOps);

    /** Sets {@link ConversionSettings#optimize}. */
    public abstract Builder optimize(boolean optimize);

    /** Sets {@link ConversionSettings#methodName}. */
    public abstract Builder methodName(String methodName);

    abstract Builder newTags(List<String> newTags);

    /** Sets {@link ConversionSettings#newTags}. */
    public final Builder newTags(String... newTags) {
      return newTags(List.copyOf(Arrays.asList(newTags)));
    }

    /** Sets {@link ConversionSettings#newSignature}. */
    public abstract Builder newSignature(String newSignature);

    /** Returns the options. */
    public abstract ConversionSettings build();
  }
}
