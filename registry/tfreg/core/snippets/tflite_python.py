"""Lines for TensorFlow Lite's interpreter in Python: a signature's runner, or tensors by their indices."""

from __future__ import annotations

from tfreg.core.bindings import Binding
from tfreg.core.snippets.literals import described, python_plain, python_text
from tfreg.core.snippets.variables import KeyedSlot, keyed_slots_of
from tfreg.core.snippets.warnings import warning_lines


def python(binding: Binding) -> str:
    """Returns Python statements that load the model from `path` and run it once. They need a variable for each input."""
    feeds, fetches = keyed_slots_of(binding)
    signature = f"Signature {python_text(binding.signature)}." if binding.signature else "No signature."
    lines = [
        *warning_lines(binding, "# ", python_plain),
        f"# {signature}",
        "try:",
        "    from ai_edge_litert.interpreter import Interpreter",
        "except ImportError:  # TensorFlow's own, which is on its way out",
        "    from tensorflow.lite.python.interpreter import Interpreter",
        "",
        "interpreter = Interpreter(model_path=str(path))",
    ]
    lines += _by_signature(binding, feeds, fetches) if binding.signature else _by_index(feeds, fetches)
    return "\n".join(lines) + "\n"


def _by_signature(binding: Binding, feeds: tuple[KeyedSlot, ...], fetches: tuple[KeyedSlot, ...]) -> list[str]:
    lines = [f"runner = interpreter.get_signature_runner({python_text(binding.signature)})", "result = runner(", "    **{"]
    lines += [f"        {python_text(slot.spec.key)}: {slot.variable},  # {_comment(slot)}" for slot in feeds]
    lines += ["    }", ")"]
    return lines + [f"{slot.variable} = result[{python_text(slot.spec.key)}]  # {_comment(slot)}" for slot in fetches]


def _by_index(feeds: tuple[KeyedSlot, ...], fetches: tuple[KeyedSlot, ...]) -> list[str]:
    unknown = [slot for slot in feeds if slot.spec.shape is None or None in slot.spec.shape]
    lines = [f"interpreter.resize_tensor_input({slot.spec.tensor_index}, {slot.variable}.shape)" for slot in unknown]
    lines += ["interpreter.allocate_tensors()"]
    lines += [f"interpreter.set_tensor({slot.spec.tensor_index}, {slot.variable})  # {_named(slot)}" for slot in feeds]
    lines += ["interpreter.invoke()"]
    return lines + [f"{slot.variable} = interpreter.get_tensor({slot.spec.tensor_index})  # {_named(slot)}" for slot in fetches]


def _named(slot: KeyedSlot) -> str:
    return f"{python_plain(slot.spec.key)}: {_comment(slot)}"


def _comment(slot: KeyedSlot) -> str:
    return python_plain(described(slot.spec))
