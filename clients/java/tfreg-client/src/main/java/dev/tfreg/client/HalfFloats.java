package dev.tfreg.client;

/** IEEE 754 half precision, which Java 11 has no type for. */
final class HalfFloats {
  private static final int FRACTION_BITS = 10;
  private static final int FRACTION_MASK = (1 << FRACTION_BITS) - 1;
  private static final int EXPONENT_MASK = 31;
  private static final int BIAS = 15;

  private HalfFloats() {}

  static float toFloat(short half) {
    int exponent = (half >> FRACTION_BITS) & EXPONENT_MASK;
    int fraction = half & FRACTION_MASK;
    float magnitude;
    if (exponent == EXPONENT_MASK) {
      magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((float) fraction, 1 - BIAS - FRACTION_BITS);
    } else {
      magnitude =
          Math.scalb((float) (fraction | 1 << FRACTION_BITS), exponent - BIAS - FRACTION_BITS);
    }
    return half < 0 ? -magnitude : magnitude;
  }
}
