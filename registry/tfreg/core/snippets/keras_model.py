"""Lines for a Keras model: Python loads it and feeds it by its own names; Java needs it converted."""

from __future__ import annotations

from tfreg.core.bindings import Binding
from tfreg.core.snippets.literals import described, java_plain, python_plain, python_text
from tfreg.core.snippets.variables import keyed_slots_of
from tfreg.core.snippets.warnings import warning_lines

FORMATS = frozenset({"keras_v3", "keras_h5", "keras_json"})
_LOADING = {
    "keras_json": (
        "with open(path) as file:",
        "    model = keras.models.model_from_json(file.read())  # without weights: model.load_weights(...)",
    )
}


def python(binding: Binding) -> str:
    """Returns Python statements that load the model from `path` and run it once. They need a variable for each input."""
    feeds, fetches = keyed_slots_of(binding)
    lines = [*warning_lines(binding, "# ", python_plain), "import keras", ""]
    lines += _LOADING.get(binding.format, ("model = keras.saving.load_model(path, compile=False)",))
    if len(feeds) == 1:
        lines += [f"result = model.predict({feeds[0].variable})  # {_comment(feeds[0].spec.key, described(feeds[0].spec))}"]
    else:
        lines += ["result = model.predict(", "    {"]
        lines += [
            f"        {python_text(slot.spec.key)}: {slot.variable},  # {python_plain(described(slot.spec))}" for slot in feeds
        ]
        lines += ["    }", ")"]
    lines += [f"# in result: {_comment(slot.spec.key, described(slot.spec))}" for slot in fetches]
    return "\n".join(lines) + "\n"


def java(binding: Binding) -> str:
    """Returns comments that say how the model comes to Java."""
    feeds, fetches = keyed_slots_of(binding)
    lines = [*warning_lines(binding, "// ", java_plain), f"// TensorFlow Java loads no {binding.format}. In Python, once:"]
    lines += ['//   keras.saving.load_model(path, compile=False).export("DIR")', "// Push the folder DIR, and resolve that."]
    lines += [f"// feed {java_plain(slot.spec.key)}: {java_plain(described(slot.spec))}" for slot in feeds]
    lines += [f"// fetch {java_plain(slot.spec.key)}: {java_plain(described(slot.spec))}" for slot in fetches]
    return "\n".join(lines) + "\n"


def _comment(key: str, written: str) -> str:
    return f"{python_plain(key)}: {python_plain(written)}"
