package dev.tfreg.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * An input or output, or a component of one, as a member of the generated class.
 *
 * @param key what the model is fed or fetched by
 * @param name its Java name
 * @param tensor what the lock file says of it
 * @param use whether an input must be fed; an output is always there
 * @param parent the key of the composite tensor that it is a component of; empty if of none
 */
record Member(String key, String name, LockedTensor tensor, LockedTensor.Use use, String parent) {
  static List<Member> inputs(LockedSignature signature) {
    return members(signature.inputs(), "input", List::of);
  }

  static List<Member> outputs(LockedSignature signature) {
    return members(signature.outputs(), "output", name -> List.of(name, name + "Value"));
  }

  TensorType type() {
    return TensorType.of(tensor);
  }

  boolean required() {
    return use == LockedTensor.Use.REQUIRED;
  }

  private static List<Member> members(
      List<LockedTensor> tensors, String role, Function<String, List<String>> claims) {
    List<Member> unnamed = new ArrayList<>();
    for (LockedTensor tensor : tensors) {
      collect(tensor, "", tensor.use().orElse(LockedTensor.Use.REQUIRED), unnamed);
    }
    Map<String, String> names =
        UniqueNames.of(
            unnamed.stream().map(Member::name).toList(),
            key -> Identifiers.member(key, role),
            claims);
    return unnamed.stream()
        .map(
            member ->
                new Member(
                    member.key, names.get(member.name), member.tensor, member.use, member.parent))
        .toList();
  }

  private static void collect(
      LockedTensor tensor, String parent, LockedTensor.Use use, List<Member> members) {
    String path = parent.isEmpty() ? tensor.key() : parent + "/" + tensor.key();
    if (tensor.components().isEmpty()) {
      members.add(new Member(path, path, tensor, use, parent));
    }
    for (LockedTensor component : tensor.components()) {
      collect(component, path, use, members);
    }
  }
}
