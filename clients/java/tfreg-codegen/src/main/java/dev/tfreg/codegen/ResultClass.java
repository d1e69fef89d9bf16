package dev.tfreg.codegen;

import static javax.lang.model.element.Modifier.FINAL;
import static javax.lang.model.element.Modifier.PRIVATE;
import static javax.lang.model.element.Modifier.PUBLIC;
import static javax.lang.model.element.Modifier.STATIC;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.util.List;

/** The nested class that gives outputs by name. */
final class ResultClass {
  static final ClassName NAME = ClassName.get("", "Result");

  private final List<Member> outputs;

  ResultClass(List<Member> outputs) {
    this.outputs = outputs;
  }

  TypeSpec type() {
    TypeSpec.Builder type =
        TypeSpec.classBuilder(NAME)
            .addModifiers(PUBLIC, STATIC, FINAL)
            .addSuperinterface(AutoCloseable.class)
            .addJavadoc(
                Javadoc.at(2)
                    .text("The outputs. Tensors are freed when this is closed; plain values stay.")
                    .build())
            .addField(StubTypes.OUTPUTS, "outputs", PRIVATE, FINAL)
            .addMethod(
                MethodSpec.constructorBuilder()
                    .addModifiers(PRIVATE)
                    .addParameter(StubTypes.OUTPUTS, "outputs")
                    .addStatement("this.outputs = outputs")
                    .build());
    for (Member output : outputs) {
      type.addMethod(tensor(output));
      output.type().plain().ifPresent(plain -> type.addMethod(plain(output, plain)));
    }
    return type.addMethod(close()).build();
  }

  private static MethodSpec tensor(Member output) {
    ClassName type = output.type().tensor();
    MethodSpec.Builder method =
        MethodSpec.methodBuilder(output.name())
            .addModifiers(PUBLIC)
            .addJavadoc(Javadoc.at(4).text("Returns " + SignatureDocs.output(output) + ".").build())
            .returns(type);
    String key = JavaText.literal(output.key());
    return type.equals(TensorType.ANY)
        ? method.addStatement("return outputs.tensor($L)", key).build()
        : method.addStatement("return outputs.tensor($L, $T.class)", key, type).build();
  }

  private static MethodSpec plain(Member output, TypeName type) {
    return MethodSpec.methodBuilder(output.name() + "Value")
        .addModifiers(PUBLIC)
        .addJavadoc(
            Javadoc.at(4)
                .text("Returns " + SignatureDocs.output(output) + ", as a plain value.")
                .build())
        .returns(type)
        .addStatement(
            "return outputs.value($L, $T.class)", JavaText.literal(output.key()), type.box())
        .build();
  }

  private static MethodSpec close() {
    return MethodSpec.methodBuilder("close")
        .addAnnotation(Override.class)
        .addModifiers(PUBLIC)
        .addStatement("outputs.close()")
        .build();
  }
}
