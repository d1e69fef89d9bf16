package dev.tfreg.codegen;

import com.palantir.javapoet.CodeBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What generated classes say of themselves. */
final class SignatureDocs {
  private final LockedModel model;
  private final LockedSignature signature;
  private final String name;
  private final List<Member> inputs;
  private final List<Member> outputs;

  SignatureDocs(
      LockedModel model,
      LockedSignature signature,
      String name,
      List<Member> inputs,
      List<Member> outputs) {
    this.model = model;
    this.signature = signature;
    this.name = name;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  CodeBlock type() {
    return Javadoc.at(0)
        .text(
            String.format(
                "Signature %s of the model %s%s.",
                JavaText.code(signature.key()), JavaText.code(model.model()), version()))
        .example(example())
        .paragraph(
            "It may be used by any number of threads, and goes on when the model follows its alias"
                + " to a version with the same interface.")
        .build();
  }

  /** Models that were read from local paths have no version. */
  private String version() {
    return model.version() == 0
        ? ""
        : String.format(
            ", version %d, which %s stood for when it was locked",
            model.version(), JavaText.code(model.reference()));
  }

  static CodeBlock of() {
    return Javadoc.at(2)
        .text("Returns the signature of a loaded model, which stays the caller's.")
        .tag(
            "@throws",
            "dev.tfreg.client.TfregException SIGNATURE_NOT_FOUND, or INTERFACE_CHANGED if the model"
                + " is not as it was locked; the message says what differs")
        .build();
  }

  /** Returns what is known of a tensor, such as {@code float32 (?, 2)}. */
  static String described(Member member) {
    String dtype = member.tensor().dtype();
    String shape = member.tensor().shape().map(Object::toString).orElse("of unknown shape");
    String type = dtype.isEmpty() ? "any dtype" : dtype;
    return (type + " " + shape).replace("<unknown>", "of unknown rank");
  }

  /** Returns what a parameter is, such as {@code input ids, int32 (?, 128)}. */
  static String input(Member member) {
    String use = member.required() ? "" : ", " + member.use().name().toLowerCase(Locale.ROOT);
    return String.format("input %s, %s%s", key(member), described(member), use);
  }

  /** Returns what an accessor gives. */
  static String output(Member member) {
    return String.format("output %s, %s", key(member), described(member));
  }

  private static String key(Member member) {
    return JavaText.code(member.key());
  }

  private List<String> example() {
    List<String> lines = new ArrayList<>();
    lines.add(String.format("%s signature = %s.of(model);", name, name));
    lines.add(String.format("try (%s.Result result = signature.run(%s)) {", name, arguments()));
    outputs.stream()
        .findFirst()
        .ifPresent(output -> lines.add("  ... result." + output.name() + "() ..."));
    lines.add("}");
    return lines;
  }

  private String arguments() {
    List<String> names = inputs.stream().filter(Member::required).map(Member::name).toList();
    return names.size() > 3 || !RunMethods.positional(inputs) ? "..." : String.join(", ", names);
  }
}
