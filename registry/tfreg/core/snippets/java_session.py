"""Lines for TensorFlow Java: a Session.Runner that is given operations and indices, never `name:0`."""

from __future__ import annotations

from tfreg.core.bindings import Binding, FeedUse
from tfreg.core.snippets.literals import java_plain, java_text
from tfreg.core.snippets.loading import loaded_by_tags, restored_from_checkpoint
from tfreg.core.snippets.variables import Slot, camel, slots_of
from tfreg.core.snippets.warnings import warning_lines
from tfreg.core.written_types import written_type

_TYPES = {
    "bfloat16": "TBfloat16",
    "bool": "TBool",
    "float16": "TFloat16",
    "float32": "TFloat32",
    "float64": "TFloat64",
    "int32": "TInt32",
    "int64": "TInt64",
    "string": "TString",
    "uint16": "TUint16",
    "uint8": "TUint8",
}
"""Those that TensorFlow Java 1.1 has a class for; others are plain Tensors."""
_GRAPH_FILLED = (
    "// graph.importGraphDef(GraphDef.parseFrom(Files.readAllBytes(path))); of a .pbtxt, which is text:",
    "// GraphDef.Builder text = GraphDef.newBuilder(); TextFormat.merge(Files.readString(path), text); graph.importGraphDef(text.build());",
    "// In org.tensorflow:tensorflow 1.15: graph.importGraphDef(Files.readAllBytes(path)); its run() returns a List<Tensor<?>>.",
)
_META_FILLED = (
    "// prefix: the checkpoint's, such as DST/model.ckpt-300.",
    '// graph.importGraphDef(MetaGraphDef.parseFrom(Files.readAllBytes(Path.of(prefix + ".meta"))).getGraphDef());',
)


def java(binding: Binding) -> str:
    """Returns Java statements for TensorFlow Java 1.x that run the model once.

    They need a `Session session` on the loaded model and a variable for each feed; of a checkpoint its `prefix` too. Each tensor
    is fetched once, for TensorFlow Java refuses to fetch one twice.
    """
    feeds, fetches = slots_of(binding)
    lines = [*warning_lines(binding, "// ", java_plain), *_heading(binding, feeds, fetches)]
    lines += [*_restoring(binding), *_initialisers(binding)]
    lines += ["try (Result result = session.runner()"]
    lines += [_feed(slot) for slot in feeds]
    lines += [f"    .fetch({java_text(slot.ref.operation)}, {slot.ref.index}) // {_comment(slot)}" for slot in fetches]
    lines += ["    .run()) {"]
    lines += [_result(slot, index) for index, slot in enumerate(fetches)]
    lines += ["  // Use them here: they are freed together with the result.", "}"]
    return "\n".join(lines) + "\n"


def _heading(binding: Binding, feeds: tuple[Slot, ...], fetches: tuple[Slot, ...]) -> list[str]:
    tags = ", ".join(map(java_text, binding.tags))
    source = (
        f"SavedModelBundle.load(path, {tags}).session()" if loaded_by_tags(binding) else "new Session(graph), filled as below"
    )
    signature = f"Signature {java_text(binding.signature)}. " if binding.signature else ""
    restored = {"TString"} if restored_from_checkpoint(binding) else set()
    classes = sorted({_type(slot) for slot in (*feeds, *fetches)} - {"Tensor"} | restored)
    imports = ["org.tensorflow.Result", *(f"org.tensorflow.types.{name}" for name in classes)]
    if any(_type(slot) == "Tensor" for slot in (*feeds, *fetches)):
        imports.append("org.tensorflow.Tensor")
    return [
        f"// {signature}session: {source}.",
        f"// Imports: {', '.join(sorted(imports))}",
        *([] if loaded_by_tags(binding) else _META_FILLED if restored else _GRAPH_FILLED),
    ]


def _restoring(binding: Binding) -> list[str]:
    filename = binding.targets.restore_filename
    if filename is None or not restored_from_checkpoint(binding):
        return []
    feed = f".feed({java_text(filename.operation)}, {filename.index}, TString.scalarOf(prefix))"
    target = f".addTarget({java_text(binding.targets.restore_operation)})"
    return ["// Once, after loading, to restore the variables:", f"session.runner(){feed}{target}.run().close();"]


def _initialisers(binding: Binding) -> list[str]:
    if loaded_by_tags(binding) or not binding.targets.init_operations:
        return []
    targets = "".join(f".addTarget({java_text(name)})" for name in binding.targets.init_operations)
    return ["// Once, after loading, to fill the tables:", f"session.runner(){targets}.run().close();"]


def _feed(slot: Slot) -> str:
    call = f".feed({java_text(slot.ref.operation)}, {slot.ref.index}, {camel(slot.variable)})"
    if slot.use is FeedUse.REQUIRED:
        return f"    {call} // {_comment(slot)}"
    reason = "optional" if slot.use is FeedUse.OPTIONAL else "not used by these outputs"
    return f"    // {call} // {reason}: {_comment(slot)}"


def _result(slot: Slot, index: int) -> str:
    java_type = _type(slot)
    cast = "" if java_type == "Tensor" else f"({java_type}) "
    return f"  {java_type} {camel(slot.variable)} = {cast}result.get({index});"


def _comment(slot: Slot) -> str:
    keys = " and ".join(java_plain(key) for key in slot.keys if key) or "no key"
    return f"{keys}: {written_type(slot.spec)}"


def _type(slot: Slot) -> str:
    return _TYPES.get(slot.spec.dtype, "Tensor")
