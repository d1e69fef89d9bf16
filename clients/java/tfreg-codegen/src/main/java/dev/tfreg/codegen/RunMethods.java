package dev.tfreg.codegen;

import static javax.lang.model.element.Modifier.PUBLIC;

import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The methods that run a signature: by tensors, by plain values, by {@code Inputs}. */
final class RunMethods {
  /** A method of the JVM has 255 slots for parameters, of which a long takes two. */
  private static final int MAX_PARAMETERS = 100;

  private final List<Member> inputs;
  private final List<Member> required;

  RunMethods(List<Member> inputs) {
    this.inputs = inputs;
    this.required = inputs.stream().filter(Member::required).toList();
  }

  /** Whether the required inputs can be parameters. */
  static boolean positional(List<Member> inputs) {
    return inputs.stream().filter(Member::required).count() <= MAX_PARAMETERS;
  }

  /** Whether some inputs can only be given by name. */
  boolean needsInputs() {
    return !positional(inputs) || required.size() < inputs.size();
  }

  List<MethodSpec> methods() {
    List<MethodSpec> methods = new ArrayList<>();
    if (positional(inputs)) {
      methods.add(
          method(required.isEmpty() ? "" : " on tensors, which stay the caller's", this::tensor));
      if (required.stream().anyMatch(input -> input.type().plain().isPresent())) {
        methods.add(method(" on plain values", input -> input.type().plainOrTensor()));
      }
    }
    if (needsInputs()) {
      methods.add(byName());
    }
    return methods;
  }

  private TypeName tensor(Member input) {
    return input.type().tensor();
  }

  private MethodSpec method(String on, Function<Member, TypeName> type) {
    Javadoc doc = Javadoc.at(2).text("Runs the signature" + on + ".");
    MethodSpec.Builder method =
        MethodSpec.methodBuilder("run").addModifiers(PUBLIC).returns(ResultClass.NAME);
    String feeds = local();
    method.addStatement("$T $L = new $T<>()", StubTypes.FEEDS, feeds, StubTypes.HASH_MAP);
    for (Member input : required) {
      doc.tag("@param " + input.name(), SignatureDocs.input(input));
      method.addParameter(type.apply(input), input.name());
      method.addStatement("$L.put($L, $L)", feeds, JavaText.literal(input.key()), input.name());
    }
    return method
        .addJavadoc(doc.tag("@throws", FAILURES).build())
        .addStatement("return start($L)", feeds)
        .build();
  }

  private static final String FAILURES =
      "dev.tfreg.client.TfregException if a value does not fit, the run fails, or the model has"
          + " moved on to a version with another interface";

  private static MethodSpec byName() {
    return MethodSpec.methodBuilder("run")
        .addModifiers(PUBLIC)
        .addJavadoc(
            Javadoc.at(2)
                .text("Runs the signature on inputs by name.")
                .tag("@param inputs", "what to feed")
                .tag("@throws", FAILURES)
                .build())
        .returns(ResultClass.NAME)
        .addParameter(InputsClass.NAME, "inputs")
        .addStatement("return start(inputs.feeds)")
        .build();
  }

  /** A name that no parameter has. */
  private String local() {
    Set<String> taken = required.stream().map(Member::name).collect(Collectors.toSet());
    return taken.contains("feeds") ? taken.contains("fed") ? "toFeed" : "fed" : "feeds";
  }
}
