"""What comes of a conversion, in a word: `equal`, `unchecked: why`, `written: how many tensors`, or the reason of a refusal."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from tfreg.core.checking.check import check
from tfreg.core.conversions.converting import Converted, convert, form_of, source_of
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.conversions.planning import plan
from tfreg.core.conversions.results import CheckState
from tfreg.core.conversions.steps import StepRunner
from tfreg.core.conversions.targets import TARGETS, Target
from tfreg.core.errors import TfregError
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.rewrites.pieces import chunks_of
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.rewrites.weights.reading import weights_of

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
TABLE = Path(__file__).with_name("verdicts.json")
FIXTURES = sorted(path.name for path in MODELS.iterdir())
_RUNNABLE = frozenset({"saved_model", "frozen_graph", "frozen_graph_text", "tflite"})

_OUTPUTS = {
    "checkpoint_empty_prefix": ("pred_label", "pred_prob"),
    "checkpoint_graph_pbtxt": ("pred_label", "pred_prob"),
    "checkpoint_older_by_state": ("pred_label", "pred_prob"),
    "checkpoint_tf1": ("pred_label", "pred_prob"),
    "checkpoint_training": ("pred_label", "pred_prob"),
    "checkpoint_v1": ("pred_label", "pred_prob"),
    "release_1_15_checkpoint": ("pred_label", "pred_prob"),
    "frozen_functions.pb": ("shape_of_x", "y"),
    "frozen_import_prefix.pb": ("import/pred_label", "import/pred_prob"),
    "frozen_iterator.pb": ("label", "prob"),
    "frozen_keras.pb": ("Identity", "Identity_1"),
    "frozen_large_const.pb": ("label", "y"),
    "frozen_tf1.pb": ("pred_label", "pred_prob"),
    "frozen_tf1.pbtxt": ("pred_label", "pred_prob"),
    "frozen_unsigned_two_outputs.pb": ("mean", "top:0", "top:1"),
    "frozen_whole_training.pb": ("label", "prob"),
    "release_1_15_frozen.pb": ("pred_prob",),
    "same_keras_frozen.pb": ("Identity", "Identity_1"),
}
"""Outputs of fixtures without signatures, whose conversions stand in the table under `NAME +outputs` too."""
_OPTIONS = {
    **{f"{name} +outputs": ConversionOptions(outputs=tuple(map(NamedTensor, outputs))) for name, outputs in _OUTPUTS.items()},
    **{
        f"{name} +clear_devices": ConversionOptions(clear_devices=True)
        for name in FIXTURES
        if (MODELS / name / "saved_model.pb").exists() or (MODELS / name / "saved_model.pbtxt").exists()
    },
    **{
        f"{name} +outputs +clear_devices": ConversionOptions(outputs=tuple(map(NamedTensor, _OUTPUTS[name])), clear_devices=True)
        for name in ("frozen_iterator.pb", "frozen_whole_training.pb")
    },
    "tf2_no_signatures +function": ConversionOptions(function="serve"),
    "tf2_unused_inputs +signature": ConversionOptions(signature="calls"),
}
NAMES = [*FIXTURES, *_OPTIONS]
"""The table's rows: fixtures, and fixtures with options."""
_CHARACTERS = 100
_COUNTER = "save_counter"
"""What every checkpoint of TensorFlow 2 holds besides, for tf.train.Checkpoint counts how often it saved."""


def row(name: str, runner: StepRunner) -> dict[str, str]:
    """Returns the verdict of a fixture for each target."""
    source, options = source_named(name)
    return {target.name: verdict(source, target, options, runner, unsafe=name.startswith("unsafe_")) for target in TARGETS}


def verdict(source: Source, target: Target, options: ConversionOptions, runner: StepRunner, *, unsafe: bool) -> str:
    """Returns what comes of one conversion. What is unsafe is never run."""
    try:
        way = plan(form_of(source.inspection), target.name, options)
        if unsafe and way.needs_tensorflow:
            return "not run: unsafe"
        with convert(source, way, {}, runner=runner, report=lambda progress: None, still_wanted=lambda: True) as converted:
            return _judged(source, converted, target, options, runner, unsafe=unsafe)
    except TfregError as error:
        return _told(f"{error.reason}: {error.message}")


def _judged(
    source: Source, converted: Converted, target: Target, options: ConversionOptions, runner: StepRunner, *, unsafe: bool
) -> str:
    if target.name not in _RUNNABLE:
        return _written(source, converted, target)
    if unsafe:
        return "not run: unsafe"
    result = source_of(converted.tree, converted.format, converted.inspection, converted.signatures)
    means: Any = {"runner": runner, "report": lambda progress: None, "still_wanted": lambda: True}
    found = check(source, result, converted.result.names, options=options, **means)
    return "equal" if found.state is CheckState.EQUAL else _told(f"{found.state.value}: {found.reason}")


def _told(text: str) -> str:
    """Returns the start of a text, without what is another in each run: where files lie, and TensorFlow's numbers."""
    return text.replace(f"{MODELS}/", "")[:_CHARACTERS]


def _written(source: Source, converted: Converted, target: Target) -> str:
    """Compares the values of the weights that were written with those that were there."""
    if target.name == "keras_json":
        return "written: an architecture"
    result = source_of(converted.tree, converted.format, converted.inspection)
    before, after = _values(source), _values(result)
    strange = sum((after - before).values())
    if strange and not converted.result.notes:
        return f"FAILED: {strange} of {after.total()} tensors are none of the source's"
    return f"written: {after.total()} tensors{f', {strange} of them as another type' if strange else ''}"


def _values(source: Source) -> Counter[str]:
    weights = weights_of(source, with_states=True)
    return Counter(_digest(weight.dtype, weight.pieces) for weight in weights if weight.name != _COUNTER)


def _digest(dtype: str, pieces: object) -> str:
    digest = hashlib.sha256(dtype.encode())
    for chunk in chunks_of(pieces):  # type: ignore[arg-type]
        digest.update(chunk)
    return digest.hexdigest()


def source_named(name: str) -> tuple[Source, ConversionOptions]:
    """Returns the fixture and the options of a row."""
    fixture, _, _ = name.partition(" +")
    selected = select(*open_path(MODELS / fixture))
    source = source_of(selected.tree, selected.format, selected.format.inspect(selected.tree))
    return source, _OPTIONS.get(name, ConversionOptions())
