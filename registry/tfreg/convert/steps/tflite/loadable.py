"""A SavedModel as the converter takes it, and the signatures' own keys put back into what it makes.

TensorFlow 2 fails to load a whole model for one signature that it cannot call, or for a key that is no name of a Python parameter (`in`);
and the converter fails for a node that was placed on a GPU, where there is none.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfreg.convert.steps.tflite.signatures import ChosenSignatures


@dataclass(frozen=True, slots=True)
class Loadable:
    """A SavedModel for the converter.

    Attributes:
        path: The folder.
        keys: By signature, the true key of each input that was renamed.
    """

    path: Path
    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def restored(self, content: bytes) -> bytes:
        """Returns a TFLite model with the true keys of its inputs."""
        if not self.keys:
            return content
        from tensorflow.lite.tools import flatbuffer_utils

        model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
        for signature in model.signatureDefs or ():
            true = self.keys.get(_text(signature.signatureKey), {})
            for one in signature.inputs or ():
                one.name = true.get(_text(one.name), one.name)
        return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def loadable(path: Path, chosen: ChosenSignatures, scratch: Path) -> Loadable:
    """Returns a SavedModel without devices, without signatures that cannot be converted, and with keys that can be parameters.

    Args:
        path: The SavedModel; it is returned itself if nothing is to be changed.
        chosen: What is converted.
        scratch: Where a copy goes; it refers to the files of the variables.
    """
    saved_model = _read(path)
    keys: dict[str, dict[str, str]] = {}
    changed = False
    for meta_graph in saved_model.meta_graphs:
        for key, reason in chosen.left_out.items():
            changed |= reason.startswith("it needs") and meta_graph.signature_def.pop(key, None) is not None
        changed |= _without_devices(meta_graph.graph_def)
        if not meta_graph.object_graph_def.nodes:  # else there are functions, whose parameters are those of Python
            keys |= {key: renamed for key, one in meta_graph.signature_def.items() if (renamed := _renamed(one.inputs))}
    if not changed and not keys:
        return Loadable(path)
    folder = scratch / "loadable"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    for name in ("variables", "assets"):
        if (path / name).is_dir():
            (folder / name).symlink_to((path / name).resolve(), target_is_directory=True)
    return Loadable(folder, keys)


def _read(path: Path) -> Any:
    from google.protobuf import text_format
    from tensorflow.core.protobuf import saved_model_pb2

    saved_model = saved_model_pb2.SavedModel()
    if (path / "saved_model.pb").exists():
        saved_model.ParseFromString((path / "saved_model.pb").read_bytes())
    else:
        text_format.Parse((path / "saved_model.pbtxt").read_text(), saved_model)
    return saved_model


def _without_devices(graph_def: Any) -> bool:
    placed = [node for node in _nodes(graph_def) if node.device]
    for node in placed:
        node.device = ""
    return bool(placed)


def _nodes(graph_def: Any) -> Iterator[Any]:
    yield from graph_def.node
    for function in graph_def.library.function:
        yield from function.node_def


def _renamed(inputs: Any) -> dict[str, str]:
    """Gives inputs whose keys are no parameters' names others; returns the true keys by these."""
    true: dict[str, str] = {}
    for number, key in enumerate(sorted(key for key in inputs if not key.isidentifier() or keyword.iskeyword(key))):
        name = f"input_{number}"
        while name in inputs:
            name = f"{name}_"
        inputs[name].CopyFrom(inputs[key])
        del inputs[key]
        true[name] = key
    return true


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
