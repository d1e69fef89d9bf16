package dev.tfreg.codegen;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import java.util.HashMap;
import java.util.Map;

/** The types that generated classes are written with. */
final class StubTypes {
  static final ClassName BINDING = ClassName.get("dev.tfreg.client", "Binding");
  static final ClassName CONTRACT = ClassName.get("dev.tfreg.client", "SignatureContract");
  static final ClassName MODEL = ClassName.get("dev.tfreg.tensorflow", "BoundModel");
  static final ClassName OUTPUTS = ClassName.get("dev.tfreg.tensorflow", "Outputs");
  static final ClassName RUNNER = ClassName.get("dev.tfreg.tensorflow", "SignatureRunner");
  static final ClassName HASH_MAP = ClassName.get(HashMap.class);
  static final TypeName FEEDS =
      ParameterizedTypeName.get(
          ClassName.get(Map.class), ClassName.get(String.class), ClassName.get(Object.class));

  private StubTypes() {}
}
