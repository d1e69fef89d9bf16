"""`tfreg convert`: a model in another format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tfreg.cli import conversion_options as written
from tfreg.cli.choosing import tag_set
from tfreg.cli.completions import complete_reference
from tfreg.cli.exit_codes import DIFFERENT, OK
from tfreg.cli.settings import OutputForm, OutputOption, Settings, settings_of
from tfreg.cli.wording import size_text
from tfreg.cli.writing import write_json, write_lines
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.results import Check, CheckState
from tfreg.core.conversions.targets import TARGETS, target_named, target_of_path
from tfreg.core.errors import RequestInvalidError
from tfreg.core.names import is_path

if TYPE_CHECKING:
    from tfreg.client import Client
    from tfreg.core.conversions.records import Conversion

_FILES = "FILE|REF"
_TARGETS = ", ".join(target.name for target in TARGETS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, beside what shall be converted."""

    target: str
    options: ConversionOptions
    inputs: Mapping[str, str]
    out: str
    overwrite: bool
    only_plan: bool
    check: bool


def convert(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="[REF|PATH]", help="A reference or a local path.", autocompletion=complete_reference)
    ] = "",
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=f"One of {_TARGETS}; else what --out ends in says.")] = "",
    out: Annotated[
        str, typer.Option("--out", metavar="PATH", help="Where to write the result; of a version it is stored there anyway.")
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is at --out.")] = False,
    only_plan: Annotated[bool, typer.Option("--plan", help="Tell the steps and what is lost, and do nothing.")] = False,
    routes: Annotated[bool, typer.Option("--routes", help="List all conversions that there are.")] = False,
    cancel: Annotated[
        str, typer.Option("--cancel", metavar="JOB", help="End a conversion that a server works on, for all who wait for it.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Run source and result on the same inputs by TensorFlow; exit with 12 if they differ.")
    ] = False,
    signature: Annotated[str, typer.Option(metavar="KEY", help="The signature to convert; else all, or serving_default.")] = "",
    tags: Annotated[
        str, typer.Option("--tag-set", "--tags", metavar="A,B", help="Of which graph; else the only one, or serve.")
    ] = "",
    inputs: Annotated[
        list[str] | None, typer.Option("--inputs", metavar="[KEY=]TENSOR,...", help="The inputs that the result shall have.")
    ] = None,
    outputs: Annotated[
        list[str] | None, typer.Option("--outputs", metavar="[KEY=]TENSOR,...", help="The outputs that it shall have.")
    ] = None,
    shape: Annotated[
        list[str] | None, typer.Option("--shape", metavar="INPUT=?,224,224,3", help="Shape of an input. Repeatable.")
    ] = None,
    rename_tensor: Annotated[
        list[str] | None, typer.Option("--rename-tensor", metavar="NEW=OLD", help="A further name, by an Identity. Repeatable.")
    ] = None,
    placeholder: Annotated[
        list[str] | None,
        typer.Option("--placeholder", metavar="NAME=TENSOR", help="Feed this tensor, such as an iterator's. Repeatable."),
    ] = None,
    clear_devices: Annotated[bool, typer.Option("--clear-devices", help="Take the device strings out.")] = False,
    keep_variables: Annotated[
        list[str] | None,
        typer.Option("--keep-variables", metavar="NAME", help="Do not freeze this variable; * for all. Repeatable."),
    ] = None,
    variable_key: Annotated[
        list[str] | None, typer.Option("--map", metavar="VAR=KEY", help="Load a variable from another key. Repeatable.")
    ] = None,
    ema: Annotated[bool, typer.Option("--ema", help="Load moving averages (w/ExponentialMovingAverage).")] = False,
    function: Annotated[str, typer.Option(metavar="NAME", help="A traced function of a SavedModel, such as __call__.")] = "",
    spec: Annotated[str, typer.Option(metavar="ARGS", help="Which trace: 'x: float32[?,3]'.")] = "",
    graph: Annotated[str, typer.Option(metavar=_FILES, help="The graph that the weights are for: .meta, .pb, .pbtxt.")] = "",
    architecture: Annotated[str, typer.Option(metavar=_FILES, help="The Keras config that the weights are for.")] = "",
    weights: Annotated[str, typer.Option(metavar=_FILES, help="The weights of an architecture.")] = "",
    samples: Annotated[str, typer.Option(metavar="FILE", help="Inputs by key (.npz), for int8.")] = "",
    custom_objects: Annotated[str, typer.Option(metavar="FILE", help="A module with the model's own Keras classes.")] = "",
    match: Annotated[str, typer.Option(metavar="HOW", help="How weights find their places: name, path or order.")] = "",
    partial: Annotated[bool, typer.Option("--partial", help="Take what matches, though not all does.")] = False,
    allow_training_graph: Annotated[
        bool, typer.Option("--allow-training-graph", help="Convert a graph that trains all the same.")
    ] = False,
    inference_only: Annotated[bool, typer.Option("--inference-only", help="Drop what only training needs.")] = False,
    quantize: Annotated[str, typer.Option(metavar="HOW", help="For TFLite: float16, dynamic_range or int8.")] = "",
    select_tf_ops: Annotated[bool, typer.Option("--select-tf-ops", help="For TFLite: allow TensorFlow's own ops.")] = False,
    optimize: Annotated[bool, typer.Option("--optimize", help="Of a frozen graph: fold what inference does not need.")] = False,
    method_name: Annotated[str, typer.Option(metavar="NAME", help="Method name of the new signature.")] = "",
    set_tags: Annotated[str, typer.Option("--set-tags", metavar="A,B", help="Tag set of the result.")] = "",
    set_signature: Annotated[str, typer.Option("--set-signature", metavar="KEY", help="Key of the result's signature.")] = "",
    allow_foreign_code: Annotated[
        bool, typer.Option("--allow-foreign-code", help="Run the model's own Python code, within the sandbox; not for servers.")
    ] = False,
    allow_unsandboxed: Annotated[
        bool, typer.Option("--allow-unsandboxed", help="Run TensorFlow though this machine has no sandbox; not for servers.")
    ] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Convert a model; what TensorFlow is not needed for, without it.

    Of a version, the result becomes a further artifact of it: pull and resolve find it by its format. Of a path, --out says where
    the result goes.
    """
    settings = settings_of(context)
    if routes:
        _print_routes(output)
        return
    if cancel:
        _cancel(cancel, settings, output)
        return
    options = ConversionOptions(
        signature=signature,
        tags=tag_set(tags),
        inputs=written.named_tensors(inputs or (), "--inputs"),
        outputs=written.named_tensors(outputs or (), "--outputs"),
        shapes=written.shapes(shape or ()),
        renamed=written.renamed(rename_tensor or ()),
        placeholders=written.placeholders(placeholder or ()),
        clear_devices=clear_devices,
        keep_variables=tuple(keep_variables or ()),
        variable_keys=written.variable_keys(variable_key or ()),
        ema=ema,
        function=function,
        spec=spec,
        allow_training_graph=allow_training_graph,
        inference_only=inference_only,
        match=match,
        partial=partial,
        quantize=quantize,
        select_tf_ops=select_tf_ops,
        optimize=optimize,
        method_name=method_name,
        new_tags=tag_set(set_tags),
        new_signature=set_signature,
    )
    given = {
        "graph": graph,
        "architecture": architecture,
        "weights": weights,
        "samples": samples,
        "custom_objects": custom_objects,
    }
    roles = {role: written.input_path(role, text) for role, text in given.items() if text}
    asked = Asked(_target(subject, to, out), options, roles, out, overwrite, only_plan, check)
    convert_one = _convert_path if is_path(subject) else _convert_version
    convert_one(subject, asked, settings, output, foreign=allow_foreign_code, unsandboxed=allow_unsandboxed)


def _target(subject: str, to: str, out: str) -> str:
    if not subject:
        raise RequestInvalidError("Nothing to convert was named.", hint="Write tfreg convert REF|PATH --to FORMAT.")
    found = target_of_path(out) if out else None
    if not to and found is None:
        suffix = os.path.splitext(out)[1]
        unknown = f": the ending {suffix} of --out is that of none" if suffix else ""
        raise RequestInvalidError(f"No format was named{unknown}.", hint=f"Write --to FORMAT: {_TARGETS}.")
    return to or (found.name if found else "")


def _print_routes(output: OutputForm) -> None:
    from tfreg.cli.conversion_text import route_documents, route_lines

    if output is OutputForm.JSON:
        write_json({"routes": route_documents()})
    else:
        write_lines(route_lines())


def _convert_path(path: str, asked: Asked, settings: Settings, output: OutputForm, *, foreign: bool, unsandboxed: bool) -> None:
    from tfreg.cli.conversion_text import offered, plan_document, plan_lines, result_document, result_lines
    from tfreg.cli.local_conversion import LocalRequest, check_out, checked, converted, prepare, save_converted
    from tfreg.cli.permissions import permission_hint
    from tfreg.cli.runners import open_local_runner
    from tfreg.core.conversions.planning import planned_of

    ready = prepare(LocalRequest(path, asked.target, asked.options, asked.inputs), settings)
    planned = planned_of(ready.way)
    if asked.only_plan:
        _print(plan_document(planned), plan_lines(planned), output)
        return
    if not asked.out:
        raise RequestInvalidError("The result has no place.", hint=f"Write --out {ready.way.target.file_name}.")
    check_out(ready.way, asked.out, overwrite=asked.overwrite)
    with (
        permission_hint(),
        open_local_runner(foreign=foreign, unsandboxed=unsandboxed, quiet=settings.quiet) as (runner, report),
        converted(ready, runner, report) as result,
    ):
        check = checked(ready, result, runner, report, wanted=asked.check)
        place, size_bytes = save_converted(result, ready, asked.out, overwrite=asked.overwrite)
    head = {"path": str(place), "format": result.format.name, "size_bytes": size_bytes, "plan": plan_document(planned)}
    offers = offered(result.signatures, result.inspection.meta_graphs)
    lines = [f"{place} ({result.format.name}, {size_text(size_bytes)})", *result_lines(result.result, check, offers)]
    _print({**head, **result_document(result.result, check, offers)}, lines, output)
    _exit(check, asked)


def _cancel(job_id: str, settings: Settings, output: OutputForm) -> None:
    from tfreg.cli.registry import open_registry

    with open_registry(settings) as client:
        job = client.cancel_job(job_id)
    document = {"job": job.id, "reference": f"{job.model}:{job.number}", "target": job.target, "state": job.state.value}
    _print(document, [f"{document['reference']} to {job.target}: {job.state.value}"], output)


def _convert_version(
    reference: str, asked: Asked, settings: Settings, output: OutputForm, *, foreign: bool, unsandboxed: bool
) -> None:
    from contextlib import ExitStack, nullcontext

    from tfreg.cli.conversion_text import plan_document, plan_lines
    from tfreg.cli.permissions import permission_hint
    from tfreg.cli.progress import job_progress
    from tfreg.cli.registry import open_registry, path_hint
    from tfreg.core.conversions.requests import CheckMode

    with ExitStack() as context:
        for text in (reference, *asked.inputs.values()):
            context.enter_context(path_hint(text))
        context.enter_context(nullcontext() if settings.target() else permission_hint())
        client = context.enter_context(open_registry(settings, foreign=foreign, unsandboxed=unsandboxed))
        if asked.only_plan:
            planned = client.plan_conversion(reference, asked.target, options=asked.options, inputs=asked.inputs)
            _print(plan_document(planned), plan_lines(planned), output)
            return
        # Without a server nobody stays to check it later.
        mode = CheckMode.WAIT if asked.check else CheckMode.LATER if settings.target() else CheckMode.NONE
        with job_progress(quiet=settings.quiet, goes_on=bool(settings.target())) as progress:
            made = client.convert(
                reference, asked.target, options=asked.options, inputs=asked.inputs, check=mode, progress=progress
            )
        pulled = _pulled(client, made, asked, quiet=settings.quiet) if asked.out else ""
    print_conversion(made, pulled, output)
    _exit(made.derived.check, asked)


def _pulled(client: Client, made: Conversion, asked: Asked, *, quiet: bool) -> str:
    """Brings a conversion to --out. Returns where it is."""
    from tfreg.cli.progress import transfer

    out = os.path.expanduser(asked.out)
    with transfer(quiet=quiet) as bars:
        path = client.pull(f"{made.model}@{made.derived.artifact_digest}", None if asked.overwrite else out, progress=bars).path
    if not asked.overwrite:
        return str(path)
    from tfreg.cli.local_conversion import save_pulled

    return str(save_pulled(path, target_named(asked.target), out))


def print_conversion(made: Conversion, path: str, output: OutputForm) -> None:
    """Prints a conversion of a version."""
    from tfreg.cli.conversion_text import offered, result_document, result_lines

    derived = made.derived
    offers = offered(derived.signatures)
    head = {
        "reference": f"{made.model}:{made.version}",
        "artifact_digest": derived.artifact_digest,
        "format": derived.format,
        "size_bytes": derived.size_bytes,
        "path": path,
        "steps": list(derived.provenance.steps),
        "tools": dict(derived.provenance.tools),
    }
    lines = [
        f"{made.model}:{made.version} {derived.format} ({size_text(derived.size_bytes)}) {derived.artifact_digest}",
        *([path] if path else []),
        *result_lines(derived.result, derived.check, offers),
    ]
    _print({**head, **result_document(derived.result, derived.check, offers)}, lines, output)


def _exit(check: Check, asked: Asked) -> None:
    raise typer.Exit(DIFFERENT if asked.check and check.state is CheckState.FAILED else OK)


def _print(document: Mapping[str, object], lines: list[str], output: OutputForm) -> None:
    if output is OutputForm.JSON:
        write_json(document)
    else:
        write_lines(lines)
