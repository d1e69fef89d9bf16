"""`tfreg stub proto`: a .proto with a message for what goes into each signature and one for what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfreg.core.bindings import FeedUse
from tfreg.core.errors import RequestInvalidError
from tfreg.core.locks.lock import LockedModel, LockedSignature
from tfreg.core.stubs.flat import FlatTensor, flat_inputs, flat_outputs
from tfreg.core.stubs.naming import Names, class_name, snake_name
from tfreg.core.stubs.proto_numbers import Known, Numbered, known_messages, numbered
from tfreg.core.written_types import written_type

_SCALARS = {
    "float32": "float",
    "float64": "double",
    "bool": "bool",
    "string": "bytes",
    "int64": "int64",
    "uint64": "uint64",
    **dict.fromkeys(("int32", "int16", "int8", "int4", "int2", "qint32", "qint16", "qint8"), "int32"),
    **dict.fromkeys(("uint32", "uint16", "uint8", "uint4", "uint2", "quint16", "quint8"), "uint32"),
}
_PACKAGE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field: its name, its type with its label, and the lines about it."""

    name: str
    kind: str
    about: tuple[str, ...]


def proto_file(model: LockedModel, command: str, package: str = "", before: str = "") -> str:
    """Returns a .proto of the signatures.

    Args:
        model: The entry of the model.
        command: The command that writes it, for the file's head.
        package: Its package; empty: made of the model's name, with the version `v1`.
        before: The file that it replaces, whose field numbers it keeps; empty if there is none.

    Raises:
        RequestInvalidError: `package` is not one.
    """
    package = package or default_package(model.model)
    if not _PACKAGE.fullmatch(package):
        raise RequestInvalidError(
            f"{package[:200]!r} is not a package of protobuf.", hint="Write names with dots, such as acme.bert.v1."
        )
    known = known_messages(before)
    service = f"{class_name(model.model.rpartition('/')[2])}Service"
    names = Names([service], str.lower)
    calls = [(names.give(class_name(one.key), "Request", "Response"), one) for one in model.signatures]
    version = f", version {model.version}" if model.version else ""
    lines = [
        f"// Calls of {_comment(model.reference)}{version}, format {model.format}.",
        f"// Written by `{_comment(command)}`. Run it again over this file: fields keep their numbers.",
        'syntax = "proto3";',
        "",
        f"package {package};",
        "",
        "// Runs the signatures of the model, one method each. Elements are in row-major order.",
        f"service {service} {{",
    ]
    for name, signature in calls:
        lines += _about(f"Runs the signature `{_comment(signature.key)}`.", 2)
        lines.append(f"  rpc {name}({name}Request) returns ({name}Response);")
    lines.append("}")
    for name, signature in calls:
        for message, fields, what in _messages(name, signature):
            lines += ["", *_about(f"{what} `{_comment(signature.key)}`.", 0), *_message(message, fields, known)]
    return "\n".join(lines) + "\n"


def default_package(model: str) -> str:
    """Returns `team.bert.v1` for `team/bert`."""
    return ".".join([*(snake_name(segment) for segment in model.split("/")), "v1"])


def _messages(name: str, signature: LockedSignature) -> Iterator[tuple[str, list[_Field], str]]:
    yield f"{name}Request", _fields(flat_inputs(signature)), "What goes into"
    yield f"{name}Response", _fields(flat_outputs(signature)), "What comes out of"


def _fields(tensors: list[FlatTensor]) -> list[_Field]:
    names = Names((), lambda name: name.replace("_", "").lower())  # protobuf's JSON names forget underscores
    found = []
    for tensor in tensors:
        has_open_shape = _has_open_shape(tensor)
        name = names.give(snake_name(tensor.name), *(["_shape"] if has_open_shape else []))
        found.append(_Field(name, _kind(tensor), tuple(_told(tensor))))
        if has_open_shape:
            found.append(_Field(f"{name}_shape", "repeated int64", (f"Sizes of `{name}` in each dimension.",)))
    return found


def _kind(tensor: FlatTensor) -> str:
    scalar = _SCALARS.get(tensor.spec.dtype)
    is_scalar = tensor.spec.has_shape and tensor.spec.shape == ()
    if scalar is None or is_scalar:
        return f"{'' if tensor.use is FeedUse.REQUIRED else 'optional '}{scalar or 'bytes'}"
    return f"repeated {scalar}"


def _told(tensor: FlatTensor) -> Iterator[str]:
    what = (
        f"`{_comment(tensor.key)}`{f', {_comment(tensor.part)}' if tensor.part else ''}: {_comment(written_type(tensor.spec))}."
    )
    yield what
    if tensor.spec.dtype not in _SCALARS:
        yield "The bytes of the elements as TensorFlow holds them, little-endian."
    if tensor.use is FeedUse.OPTIONAL:
        yield "May be left out: the graph has a default."
    if tensor.use is FeedUse.UNUSED:
        yield "May be left out: no output depends on it."


def _has_open_shape(tensor: FlatTensor) -> bool:
    shape = tensor.spec.shape
    return not tensor.spec.has_shape or shape is None or None in shape


def _message(name: str, fields: list[_Field], known: Mapping[str, Known]) -> list[str]:
    found = numbered([(field.name, field.kind) for field in fields], known.get(name, Known()))
    lines = list(_reserved(found))
    for field in sorted(fields, key=lambda field: found.fields[field.name]):
        lines += [line for about in field.about for line in _about(about, 2)]
        lines.append(f"  {field.kind} {field.name} = {found.fields[field.name]};")
    return [f"message {name} {{", *lines, "}"] if lines else [f"message {name} {{}}"]


def _reserved(found: Numbered) -> Iterator[str]:
    if found.reserved_numbers:
        yield f"  reserved {', '.join(map(str, found.reserved_numbers))};"
    if found.reserved_names:
        names = ", ".join(f'"{name}"' for name in found.reserved_names)
        yield f"  reserved {names};"


def _about(text: str, indent: int) -> list[str]:
    return [f"{' ' * indent}// {text}"]


def _comment(text: str) -> str:
    """Returns a text that stays in its comment's line."""
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)
