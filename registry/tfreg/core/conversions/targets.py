"""What can be converted to: a format, and for some formats the form of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from tfreg.core.errors import FormatUnknownError


@dataclass(frozen=True, slots=True)
class Target:
    """A row of `TARGETS`.

    Attributes:
        name: What callers ask for.
        format: The format of the result (`core/formats`).
        file_name: Name of the result's file; for a folder, or a checkpoint's several files, the name without what is added to it.
        suffixes: Endings of a file name by which a caller means it.
        is_folder: Whether the result is several files.
    """

    name: str
    format: str
    file_name: str
    suffixes: tuple[str, ...] = ()
    is_folder: bool = False


TARGETS: tuple[Target, ...] = (
    Target("saved_model", "saved_model", "saved_model", is_folder=True),
    Target("frozen_graph", "frozen_graph", "frozen_graph.pb", (".pb",)),
    Target("frozen_graph_text", "frozen_graph", "frozen_graph.pbtxt", (".pbtxt",)),
    Target("tflite", "tflite", "model.tflite", (".tflite",)),
    Target("tf1_checkpoint", "tf1_checkpoint", "model.ckpt", (".ckpt",), is_folder=True),
    Target("tf2_checkpoint", "tf2_checkpoint", "ckpt", is_folder=True),
    Target("keras_v3", "keras_v3", "model.keras", (".keras",)),
    Target("keras_h5", "keras_h5", "model.h5", (".h5", ".hdf5")),
    Target("keras_json", "keras_json", "model.json", (".json",)),
    Target("keras_weights", "keras_weights", "model.weights.h5", (".weights.h5",)),
    Target("keras_weights_legacy", "keras_weights", "weights.h5"),
    Target("safetensors", "safetensors", "model.safetensors", (".safetensors",)),
    Target("npz", "npz", "model.npz", (".npz",)),
)


def target_named(name: str) -> Target:
    """Returns a target by its name.

    Raises:
        FormatUnknownError: There is none of that name.
    """
    for target in TARGETS:
        if target.name == name:
            return target
    existing = ", ".join(target.name for target in TARGETS)
    raise FormatUnknownError(f"Nothing is converted to {name[:100]!r}.", hint=f"There are: {existing}.", existing=existing)


def target_of_path(path: str) -> Target | None:
    """Returns the target that a file's name means; the longest suffix counts; None if it means none."""
    name = PurePath(path).name
    found = [(len(suffix), target) for target in TARGETS for suffix in target.suffixes if name.endswith(suffix)]
    return max(found, key=lambda one: one[0])[1] if found else None
