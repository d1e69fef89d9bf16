package dev.tfreg.client;

import com.google.auto.value.AutoValue;
import java.util.List;

/** How the integers of a TFLite tensor stand for real numbers: {@code scale * (n - zeroPoint)}. */
@AutoValue
public abstract class Quantization {
  Quantization() {}

  /** Returns the quantization by these scales and zero points along an axis. */
  public static Quantization of(List<Float> scales, List<Long> zeroPoints, int axis) {
    return new AutoValue_Quantization(List.copyOf(scales), List.copyOf(zeroPoints), axis);
  }

  /** One scale for the whole tensor, or one for each slice along {@link #axis}. */
  public abstract List<Float> scales();

  /** As many zero points as scales. */
  public abstract List<Long> zeroPoints();

  /** The dimension that the scales run along; 0 for a single scale. */
  public abstract int axis();
}
