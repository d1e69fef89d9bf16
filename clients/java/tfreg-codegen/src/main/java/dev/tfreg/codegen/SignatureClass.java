package dev.tfreg.codegen;

import static javax.lang.model.element.Modifier.FINAL;
import static javax.lang.model.element.Modifier.PRIVATE;
import static javax.lang.model.element.Modifier.PUBLIC;
import static javax.lang.model.element.Modifier.STATIC;
import static javax.lang.model.element.Modifier.VOLATILE;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The class of one signature. */
final class SignatureClass {
  private final LockedModel model;
  private final LockedSignature signature;
  private final String name;
  private final List<Member> inputs;
  private final List<Member> outputs;

  SignatureClass(LockedModel model, LockedSignature signature, String name) {
    this.model = model;
    this.signature = signature;
    this.name = name;
    this.inputs = Member.inputs(signature);
    this.outputs = Member.outputs(signature);
  }

  TypeSpec type() {
    RunMethods runs = new RunMethods(inputs);
    TypeSpec.Builder type =
        TypeSpec.classBuilder(name)
            .addModifiers(PUBLIC, FINAL)
            .addJavadoc(new SignatureDocs(model, signature, name, inputs, outputs).type())
            .addField(reference())
            .addField(fingerprint())
            .addField(contract())
            .addField(StubTypes.RUNNER, "runner", PRIVATE, FINAL)
            .addField(String.class, "checkedRevision", PRIVATE, VOLATILE)
            .addMethod(constructor())
            .addMethod(of())
            .addMethods(runs.methods())
            .addMethod(start())
            .addMethod(checked());
    if (runs.needsInputs()) {
      type.addType(new InputsClass(inputs).type());
    }
    return type.addType(new ResultClass(outputs).type()).build();
  }

  private FieldSpec reference() {
    return FieldSpec.builder(String.class, "REFERENCE", PUBLIC, STATIC, FINAL)
        .addJavadoc(Javadoc.at(2).text("What was locked.").build())
        .initializer("$L", JavaText.literal(model.reference()))
        .build();
  }

  private FieldSpec fingerprint() {
    return FieldSpec.builder(String.class, "FINGERPRINT", PRIVATE, STATIC, FINAL)
        .initializer("$L", JavaText.literal(signature.fingerprint()))
        .build();
  }

  private FieldSpec contract() {
    List<String> calls = new ArrayList<>();
    String builder = ".builder(" + JavaText.literal(signature.key()) + ", FINGERPRINT)";
    signature.inputs().forEach(input -> calls.add(".input(" + described(input) + ")"));
    signature.outputs().forEach(output -> calls.add(".output(" + described(output) + ")"));
    calls.add(".build()");
    String line = "      SignatureContract" + builder + String.join("", calls) + ";";
    String bound = line.length() <= Layout.WIDTH ? "" : "\n";
    return FieldSpec.builder(StubTypes.CONTRACT, "CONTRACT", PRIVATE, STATIC, FINAL)
        .initializer(
            "\n$>$>$T$L$>$>$L$<$<$<$<",
            StubTypes.CONTRACT,
            builder,
            calls.stream().map(call -> bound + call).collect(Collectors.joining()))
        .build();
  }

  private static String described(LockedTensor tensor) {
    String tensorItself =
        String.join(
            ", ",
            JavaText.literal(tensor.key()),
            JavaText.literal(tensor.dtype()),
            JavaText.literal(tensor.shape().map(LockedShape::toString).orElse("")));
    return tensor.encoding().isEmpty()
        ? tensorItself
        : tensorItself + ", " + JavaText.literal(tensor.encoding());
  }

  private static MethodSpec constructor() {
    return MethodSpec.constructorBuilder()
        .addModifiers(PRIVATE)
        .addParameter(StubTypes.RUNNER, "runner")
        .addStatement("this.runner = runner")
        .addStatement("this.checkedRevision = checked(runner.binding())")
        .build();
  }

  private MethodSpec of() {
    return MethodSpec.methodBuilder("of")
        .addModifiers(PUBLIC, STATIC)
        .addJavadoc(SignatureDocs.of())
        .returns(ClassName.get("", name))
        .addParameter(StubTypes.MODEL, "model")
        .addStatement("return new $L(model.signature($L))", name, JavaText.literal(signature.key()))
        .build();
  }

  /** The model may have moved on to another version since it was checked. */
  private static MethodSpec start() {
    return MethodSpec.methodBuilder("start")
        .addModifiers(PRIVATE)
        .returns(ResultClass.NAME)
        .addParameter(StubTypes.FEEDS, "feeds")
        .addStatement("$T binding = runner.binding()", StubTypes.BINDING)
        .beginControlFlow("if (!binding.revision().equals(checkedRevision))")
        .addStatement("checkedRevision = checked(binding)")
        .endControlFlow()
        .addStatement("return new $T(runner.run(feeds))", ResultClass.NAME)
        .build();
  }

  private static MethodSpec checked() {
    return MethodSpec.methodBuilder("checked")
        .addModifiers(PRIVATE, STATIC)
        .returns(String.class)
        .addParameter(StubTypes.BINDING, "binding")
        .addStatement("CONTRACT.check(binding)")
        .addStatement("return binding.revision()")
        .build();
  }
}
