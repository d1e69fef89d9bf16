package dev.tfreg.tensorflow;

import java.util.Locale;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** The element types that TensorFlow Java has tensors of, and what stands for them in Java. */
enum ElementType {
  FLOAT32(DataType.DT_FLOAT, TFloat32.class, float.class, 4),
  FLOAT64(DataType.DT_DOUBLE, TFloat64.class, double.class, 8),
  FLOAT16(DataType.DT_HALF, TFloat16.class, float.class, 2),
  BFLOAT16(DataType.DT_BFLOAT16, TBfloat16.class, float.class, 2),
  INT32(DataType.DT_INT32, TInt32.class, int.class, 4),
  INT64(DataType.DT_INT64, TInt64.class, long.class, 8),
  UINT8(DataType.DT_UINT8, TUint8.class, int.class, 1),
  UINT16(DataType.DT_UINT16, TUint16.class, int.class, 2),
  BOOL(DataType.DT_BOOL, TBool.class, boolean.class, 1),
  STRING(DataType.DT_STRING, TString.class, String.class, 0);

  /** What a reference's type number is above that of what it refers to. */
  private static final int REFERENCE = 100;

  private static final ElementType[] BY_NUMBER = new ElementType[2 * REFERENCE];

  static {
    for (ElementType type : values()) {
      BY_NUMBER[type.dataType.getNumber()] = type;
      BY_NUMBER[type.dataType.getNumber() + REFERENCE] = type;
    }
  }

  private final DataType dataType;
  private final Class<? extends TType> tensorClass;
  private final Class<?> javaClass;
  private final int sizeBytes;
  private final String tensorflowName = name().toLowerCase(Locale.ROOT);

  ElementType(
      DataType dataType, Class<? extends TType> tensorClass, Class<?> javaClass, int sizeBytes) {
    this.dataType = dataType;
    this.tensorClass = tensorClass;
    this.javaClass = javaClass;
    this.sizeBytes = sizeBytes;
  }

  /** Returns the type of a tensor of this dtype; null if TensorFlow Java has none. */
  static ElementType of(DataType dataType) {
    int number = dataType.getNumber();
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  /** Returns the type of this name in TensorFlow; null if TensorFlow Java has none. */
  static ElementType named(String name) {
    for (ElementType type : values()) {
      if (type.tensorflowName.equals(name)) {
        return type;
      }
    }
    return null;
  }

  static ElementType of(Tensor tensor) {
    return of(tensor.dataType());
  }

  /** Its number in TensorFlow. */
  DataType dataType() {
    return dataType;
  }

  Class<? extends TType> tensorClass() {
    return tensorClass;
  }

  /** The element of the arrays that stand for it. */
  Class<?> javaClass() {
    return javaClass;
  }

  /** The size of an element; 0 for texts. */
  int sizeBytes() {
    return sizeBytes;
  }

  /** Its name in TensorFlow, such as {@code float32}. */
  @Override
  public String toString() {
    return tensorflowName;
  }
}
