"""What is asked for: the requests of tfreg/v1/conversions.proto."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfreg.core.conversions.options import ConversionOptions, InputShape, NamedTensor, Renamed, VariableKey
from tfreg.core.conversions.records import Planned, PlannedStep
from tfreg.core.conversions.requests import (
    ROLES,
    AttachedFile,
    CheckMode,
    ConversionInput,
    ConversionRequest,
    UploadedFiles,
)
from tfreg.core.errors import RequestInvalidError
from tfreg.core.names import Reference, parse_reference
from tfreg.translate.artifacts import layout_to_proto, layouts_from_proto, manifest_from_proto, manifest_to_proto
from tfreg.v1 import conversions_pb2 as pb

_UNKNOWN_SIZE = -1
_CHECK_MODES = {
    CheckMode.LATER: pb.CHECK_MODE_LATER,
    CheckMode.WAIT: pb.CHECK_MODE_WAIT,
    CheckMode.NONE: pb.CHECK_MODE_NONE,
}
_MODES_OF_CHECK: dict[int, CheckMode] = {number: mode for mode, number in _CHECK_MODES.items()}
_PLAIN = (
    "signature", "clear_devices", "ema", "function", "spec", "allow_training_graph", "inference_only", "match", "partial", "quantize",
    "select_tf_ops", "optimize", "method_name", "new_signature",
)  # fmt: skip
_TEXTS = ("tags", "keep_variables", "new_tags")


def request_to_proto(request: ConversionRequest) -> pb.ConversionRequest:
    """Returns the message that says what shall be converted."""
    return pb.ConversionRequest(
        reference=str(request.reference),
        target=request.target,
        options=options_to_proto(request.options),
        inputs=map(_input_to_proto, request.inputs),
    )


def request_from_proto(message: pb.ConversionRequest) -> ConversionRequest:
    """Returns what shall be converted.

    Raises:
        ReferenceInvalidError: A reference breaks the grammar.
        RequestInvalidError: An input has no source or an unknown role, or a role is given twice.
        InvalidArgumentError: An uploaded input's manifest or layouts break their rules.
    """
    inputs = tuple(map(_input_from_proto, message.inputs))
    roles = [one.role for one in inputs]
    if len(set(roles)) != len(roles):
        raise RequestInvalidError(f"A role is given twice: {', '.join(roles)}.", hint="Give each role once.")
    return ConversionRequest(parse_reference(message.reference), message.target, options_from_proto(message.options), inputs)


def options_to_proto(options: ConversionOptions) -> pb.ConversionOptions:
    """Returns the message for options."""
    return pb.ConversionOptions(
        **{name: getattr(options, name) for name in (*_PLAIN, *_TEXTS)},
        inputs=map(_named_to_proto, options.inputs),
        outputs=map(_named_to_proto, options.outputs),
        shapes=map(_shape_to_proto, options.shapes),
        renamed=(pb.RenamedTensor(operation=one.operation, tensor=one.tensor) for one in options.renamed),
        placeholders=map(_named_to_proto, options.placeholders),
        variable_keys=(pb.VariableKey(variable=one.variable, key=one.key) for one in options.variable_keys),
    )


def options_from_proto(message: pb.ConversionOptions) -> ConversionOptions:
    """Returns the options that a message says."""
    return ConversionOptions(
        **_plain_from_proto(message),
        inputs=_named_from_proto(message.inputs),
        outputs=_named_from_proto(message.outputs),
        shapes=tuple(InputShape(one.input, tuple(None if size < 0 else size for size in one.sizes)) for one in message.shapes),
        renamed=tuple(Renamed(one.operation, one.tensor) for one in message.renamed),
        placeholders=_named_from_proto(message.placeholders),
        variable_keys=tuple(VariableKey(one.variable, one.key) for one in message.variable_keys),
    )


def check_mode_to_proto(mode: CheckMode) -> pb.CheckMode.ValueType:
    """Returns the number for when to check."""
    return _CHECK_MODES[mode]


def check_mode_from_proto(number: pb.CheckMode.ValueType) -> CheckMode:
    """Returns when to check; in the background unless said otherwise."""
    return _MODES_OF_CHECK.get(number, CheckMode.LATER)


def planned_to_proto(planned: Planned) -> pb.PlanResponse:
    """Returns the answer of Plan."""
    return pb.PlanResponse(
        source_format=planned.source_format,
        steps=(
            pb.PlannedStep(
                name=step.name, source=step.source, target=step.target, by=step.by, cost_ms=step.cost_ms, loses=step.loses
            )
            for step in planned.steps
        ),
        stored_digest=planned.stored,
    )


def planned_from_proto(message: pb.PlanResponse, target: str) -> Planned:
    """Returns what Plan answered."""
    steps = tuple(
        PlannedStep(step.name, step.source, step.target, step.by, step.cost_ms, tuple(step.loses)) for step in message.steps
    )
    return Planned(message.source_format, target, steps, message.stored_digest)


def _plain_from_proto(message: pb.ConversionOptions) -> dict[str, Any]:
    """Returns the options that are the same on the wire."""
    return {name: getattr(message, name) for name in _PLAIN} | {name: tuple(getattr(message, name)) for name in _TEXTS}


def _named_to_proto(named: NamedTensor) -> pb.NamedTensor:
    return pb.NamedTensor(tensor=named.tensor, key=named.key)


def _named_from_proto(messages: Iterable[pb.NamedTensor]) -> tuple[NamedTensor, ...]:
    return tuple(NamedTensor(message.tensor, message.key) for message in messages)


def _shape_to_proto(one: InputShape) -> pb.InputShape:
    sizes = () if one.shape is None else one.shape
    return pb.InputShape(input=one.input, sizes=(_UNKNOWN_SIZE if size is None else size for size in sizes))


def _input_to_proto(given: ConversionInput) -> pb.ConversionInput:
    source = given.source
    if isinstance(source, Reference):
        return pb.ConversionInput(role=given.role, reference=str(source))
    if isinstance(source, AttachedFile):
        return pb.ConversionInput(role=given.role, attachment_role=source.role)
    files = pb.UploadedFiles(
        manifest=manifest_to_proto(source.manifest), layouts=map(layout_to_proto, source.layouts), lease_id=source.lease_id
    )
    return pb.ConversionInput(role=given.role, files=files)


def _input_from_proto(message: pb.ConversionInput) -> ConversionInput:
    if message.role not in ROLES:
        raise RequestInvalidError(
            f"There is no use for an input of the role {message.role[:100]!r}.", hint=f"There are: {', '.join(ROLES)}."
        )
    source = message.WhichOneof("source")
    if source == "reference":
        return ConversionInput(message.role, parse_reference(message.reference))
    if source == "attachment_role":
        return ConversionInput(message.role, AttachedFile(message.attachment_role))
    if source == "files":
        manifest = manifest_from_proto(message.files.manifest)
        layouts = layouts_from_proto(manifest, message.files.layouts)
        return ConversionInput(message.role, UploadedFiles(manifest, layouts, message.files.lease_id))
    raise RequestInvalidError(f"The input {message.role} has no source.", hint="Give a reference, files or an attachment's role.")
