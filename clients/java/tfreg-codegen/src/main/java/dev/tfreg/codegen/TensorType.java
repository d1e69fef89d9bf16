package dev.tfreg.codegen;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeName;
import java.util.Map;
import java.util.Optional;

/**
 * The Java types of a tensor.
 *
 * @param tensor TensorFlow Java's type; {@code Tensor} for dtypes that it has no type for
 * @param plain an array or, for scalars, a primitive or String; empty where there is none
 */
record TensorType(ClassName tensor, Optional<TypeName> plain) {
  static final ClassName ANY = ClassName.get("org.tensorflow", "Tensor");

  private static final int MAX_PLAIN_RANK = 4;
  private static final Map<String, String> TENSORS =
      Map.of(
          "bfloat16", "TBfloat16",
          "bool", "TBool",
          "float16", "TFloat16",
          "float32", "TFloat32",
          "float64", "TFloat64",
          "int32", "TInt32",
          "int64", "TInt64",
          "string", "TString",
          "uint16", "TUint16",
          "uint8", "TUint8");

  /** As tfreg-tensorflow takes and gives them. */
  private static final Map<String, TypeName> ELEMENTS =
      Map.of(
          "bfloat16", TypeName.FLOAT,
          "bool", TypeName.BOOLEAN,
          "float16", TypeName.FLOAT,
          "float32", TypeName.FLOAT,
          "float64", TypeName.DOUBLE,
          "int32", TypeName.INT,
          "int64", TypeName.LONG,
          "string", ClassName.get(String.class),
          "uint16", TypeName.INT,
          "uint8", TypeName.INT);

  static TensorType of(LockedTensor tensor) {
    String type = TENSORS.get(tensor.dtype());
    Optional<TypeName> element = Optional.ofNullable(ELEMENTS.get(tensor.dtype()));
    Optional<Integer> rank =
        tensor
            .shape()
            .filter(shape -> !shape.unknownRank() && shape.dims().size() <= MAX_PLAIN_RANK)
            .map(shape -> shape.dims().size());
    return new TensorType(
        type == null ? ANY : ClassName.get("org.tensorflow.types", type),
        element.flatMap(scalar -> rank.map(dimensions -> array(scalar, dimensions))));
  }

  /** The plain type, else the tensor's. */
  TypeName plainOrTensor() {
    return plain.orElse(tensor);
  }

  private static TypeName array(TypeName element, int rank) {
    TypeName type = element;
    for (int dimension = 0; dimension < rank; dimension++) {
      type = ArrayTypeName.of(type);
    }
    return type;
  }
}
