"""Lines for TensorFlow in Python: a session, as `tf.compat.v1` still has it, that is given `name:0`."""

from __future__ import annotations

from tfreg.core.bindings import Binding, FeedUse
from tfreg.core.snippets.literals import python_plain, python_text
from tfreg.core.snippets.loading import loaded_by_tags, restored_from_checkpoint
from tfreg.core.snippets.variables import Slot, slots_of
from tfreg.core.snippets.warnings import warning_lines
from tfreg.core.written_types import written_type


def python(binding: Binding) -> str:
    """Returns Python statements that load the model from `path` (a checkpoint's prefix) and run it once.

    They need a variable for each feed.
    """
    feeds, fetches = slots_of(binding)
    signature = f"Signature {python_text(binding.signature)}." if binding.signature else "No signature."
    variables = ", ".join(slot.variable for slot in fetches)
    lines = [*warning_lines(binding, "# ", python_plain), f"# {signature}", "import tensorflow as tf"]
    lines += [] if loaded_by_tags(binding) or restored_from_checkpoint(binding) else ["from google.protobuf import text_format"]
    lines += ["", "with tf.compat.v1.Session(graph=tf.Graph()) as session:"]
    lines += [f"    {line}" for line in _loading(binding)]
    lines += [f"    [{variables}] = session.run(", "        ["]
    lines += [f"            {python_text(str(slot.ref))},  # {_comment(slot)}" for slot in fetches]
    lines += ["        ],", "        {"]
    lines += [_feed(slot) for slot in feeds]
    lines += ["        },", "    )"]
    return "\n".join(lines) + "\n"


def _loading(binding: Binding) -> list[str]:
    if loaded_by_tags(binding):
        return [f"tf.compat.v1.saved_model.load(session, [{', '.join(map(python_text, binding.tags))}], path)"]
    if restored_from_checkpoint(binding):
        return [*_restoring(binding), *_initialising(binding)]
    lines = [
        "graph_def = tf.compat.v1.GraphDef()",
        'with open(path, "rb") as file:',
        "    content = file.read()",
        'if str(path).endswith((".pbtxt", ".pb.txt")):',
        "    text_format.Parse(content, graph_def)",
        "else:",
        "    graph_def.ParseFromString(content)",
        'tf.import_graph_def(graph_def, name="")',
    ]
    return lines + _initialising(binding)


def _restoring(binding: Binding) -> list[str]:
    targets = binding.targets
    restore, filename = python_text(targets.restore_operation), python_text(str(targets.restore_filename))
    return [
        "# path: the checkpoint's prefix, such as DST/model.ckpt-300",
        'tf.compat.v1.train.import_meta_graph(f"{path}.meta", clear_devices=True)',
        f"session.run({restore}, {{{filename}: str(path)}})",
    ]


def _initialising(binding: Binding) -> list[str]:
    names = ", ".join(map(python_text, binding.targets.init_operations))
    return [f"session.run([{names}])  # once, to fill the tables"] if names else []


def _feed(slot: Slot) -> str:
    pair = f"{python_text(str(slot.ref))}: {slot.variable},"
    if slot.use is FeedUse.REQUIRED:
        return f"            {pair}  # {_comment(slot)}"
    reason = "optional" if slot.use is FeedUse.OPTIONAL else "not used by these outputs"
    return f"            # {pair}  # {reason}: {_comment(slot)}"


def _comment(slot: Slot) -> str:
    keys = " and ".join(python_plain(key) for key in slot.keys if key) or "no key"
    return f"{keys}: {written_type(slot.spec)}"
