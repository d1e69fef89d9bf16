package dev.tfreg.codegen;

import static javax.lang.model.element.Modifier.FINAL;
import static javax.lang.model.element.Modifier.PRIVATE;
import static javax.lang.model.element.Modifier.PUBLIC;
import static javax.lang.model.element.Modifier.STATIC;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.util.List;

/** The nested class that takes inputs by name, of which some may be left out. */
final class InputsClass {
  static final ClassName NAME = ClassName.get("", "Inputs");

  private final List<Member> inputs;

  InputsClass(List<Member> inputs) {
    this.inputs = inputs;
  }

  TypeSpec type() {
    TypeSpec.Builder type =
        TypeSpec.classBuilder(NAME)
            .addModifiers(PUBLIC, STATIC, FINAL)
            .addJavadoc(
                Javadoc.at(2).text("What to feed. What is optional may be left out.").build())
            .addField(
                FieldSpec.builder(StubTypes.FEEDS, "feeds", PRIVATE, FINAL)
                    .initializer("new $T<>()", StubTypes.HASH_MAP)
                    .build())
            .addMethod(
                MethodSpec.constructorBuilder()
                    .addModifiers(PUBLIC)
                    .addJavadoc(Javadoc.at(4).text("Starts with nothing.").build())
                    .build());
    for (Member input : inputs) {
      type.addMethod(setter(input, input.type().tensor()));
      input.type().plain().ifPresent(plain -> type.addMethod(setter(input, plain)));
    }
    return type.build();
  }

  private static MethodSpec setter(Member input, TypeName type) {
    return MethodSpec.methodBuilder(input.name())
        .addModifiers(PUBLIC)
        .addJavadoc(Javadoc.at(4).text("Feeds " + SignatureDocs.input(input) + ".").build())
        .returns(NAME)
        .addParameter(type, "value")
        .addStatement("feeds.put($L, value)", JavaText.literal(input.key()))
        .addStatement("return this")
        .build();
  }
}
