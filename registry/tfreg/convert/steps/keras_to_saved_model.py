"""A Keras model of any version as a SavedModel, with the names of its inputs and outputs."""

from __future__ import annotations

from pathlib import Path

from tfreg.convert.steps.arguments import options_of, runs_foreign_code
from tfreg.convert.steps.versions import tool_versions
from tfreg.convert.work import Work


def run(work: Work) -> None:
    """Converts the role `source`, a .keras or a whole-model .h5; `custom_objects` may hold its author's module.

    Raises:
        ForeignCodeError: Loading it runs code of its author's own, without leave.
        ShapeFixedError: A shape was asked for that the model was not built for.
        ConversionRefusedError: It cannot be loaded or traced; the message says why.
    """
    from tfreg.convert.steps.keras_models.config import open_keras_file
    from tfreg.convert.steps.keras_models.exporting import export
    from tfreg.convert.steps.keras_models.interface import interface_of, with_shapes
    from tfreg.convert.steps.keras_models.loading import load_model

    options = options_of(work)
    custom_objects: Path | None = work.inputs.get("custom_objects")
    work.report("loading", 0.1, "")
    file = open_keras_file(work.inputs["source"], work.scratch)
    loaded = load_model(file, custom_objects, work.scratch, may_run_foreign_code=runs_foreign_code(work))
    interface = with_shapes(interface_of(loaded), {one.input: one.shape for one in options.shapes})
    work.report("tracing", 0.5, "")
    export(loaded, interface, work.output, options.method_name)
    work.facts["tools"] = {**tool_versions(), loaded.library: loaded.version}
