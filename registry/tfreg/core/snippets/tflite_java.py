"""Lines for TensorFlow Lite's interpreter in Java: tensors are given by a signature's keys, or by their own names."""

from __future__ import annotations

from tfreg.core.bindings import Binding
from tfreg.core.snippets.literals import described, java_plain, java_text
from tfreg.core.snippets.variables import KeyedSlot, camel, keyed_slots_of
from tfreg.core.snippets.warnings import warning_lines

_IMPORTS = "java.util.HashMap, java.util.Map, org.tensorflow.lite.Interpreter"


def java(binding: Binding) -> str:
    """Returns Java statements that run the model once.

    They need an `Interpreter interpreter`, and a variable for each input and each output: an array of its shape or a ByteBuffer.
    """
    feeds, fetches = keyed_slots_of(binding)
    signature = f"Signature {java_text(binding.signature)}. " if binding.signature else ""
    lines = warning_lines(binding, "// ", java_plain)
    lines += [f"// {signature}interpreter: new Interpreter(new File(path)).", f"// Imports: {_IMPORTS}"]
    lines += _by_signature(binding, feeds, fetches) if binding.signature else _by_name(feeds, fetches)
    return "\n".join(lines) + "\n"


def _by_signature(binding: Binding, feeds: tuple[KeyedSlot, ...], fetches: tuple[KeyedSlot, ...]) -> list[str]:
    lines = ["Map<String, Object> inputs = new HashMap<>();"]
    lines += [f"inputs.put({_key(slot)}, {camel(slot.variable)}); // {_comment(slot)}" for slot in feeds]
    lines += [
        "// The interpreter fills these: arrays of the outputs' shapes, or ByteBuffers.",
        "Map<String, Object> outputs = new HashMap<>();",
    ]
    lines += [f"outputs.put({_key(slot)}, {camel(slot.variable)}); // {_comment(slot)}" for slot in fetches]
    return [*lines, f"interpreter.runSignature(inputs, outputs, {java_text(binding.signature)});"]


def _by_name(feeds: tuple[KeyedSlot, ...], fetches: tuple[KeyedSlot, ...]) -> list[str]:
    lines = ["Object[] inputs = new Object[interpreter.getInputTensorCount()];"]
    lines += [f"inputs[interpreter.getInputIndex({_key(slot)})] = {camel(slot.variable)}; // {_comment(slot)}" for slot in feeds]
    lines += [
        "// The interpreter fills these: arrays of the outputs' shapes, or ByteBuffers.",
        "Map<Integer, Object> outputs = new HashMap<>();",
    ]
    lines += [
        f"outputs.put(interpreter.getOutputIndex({_key(slot)}), {camel(slot.variable)}); // {_comment(slot)}" for slot in fetches
    ]
    return [*lines, "interpreter.runForMultipleInputsOutputs(inputs, outputs);"]


def _key(slot: KeyedSlot) -> str:
    return java_text(slot.spec.key)


def _comment(slot: KeyedSlot) -> str:
    return java_plain(described(slot.spec))
