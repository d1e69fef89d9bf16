"""`tfreg tensors`: lists, prints and saves the tensors of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tfreg.cli.completions import complete_reference
from tfreg.cli.documents import Document
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.slices import selection_of
from tfreg.cli.tables import table
from tfreg.cli.tensor_source import TensorSource, ValueSource, open_tensors
from tfreg.cli.wording import count_text, short_digest, size_text
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import RequestInvalidError
from tfreg.core.shapes import element_count
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.lookup import Found, TensorNames, alone, is_constant, is_readable, without_constants
from tfreg.core.values.selection import Selection, ValueHeader
from tfreg.core.written_types import written_shape

if TYPE_CHECKING:
    from tfreg.core.values.saving import Saved


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for."""

    names: Sequence[str]
    prefix: str
    everything: bool
    constants: bool
    part: str
    digests: bool
    full: bool

    @property
    def lists(self) -> bool:
        """True if no values are wanted."""
        return not self.names and not self.everything


def tensors(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Tensors to print or save, by name or path; none: list them."),
    ] = None,
    prefix: Annotated[str, typer.Option(metavar="PREFIX", help="Only tensors whose name or path starts so.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Print or save all (or all of --prefix), constants of the graph too.")
    ] = False,
    part: Annotated[
        str, typer.Option("--slice", metavar="A:B,...", help="Only this part of each, as numpy writes it: 0:10,:")
    ] = "",
    full: Annotated[bool, typer.Option("--full", help="Print every element, not only the corners of large tensors.")] = False,
    save: Annotated[
        str, typer.Option("--save", metavar="FILE", help="Write them to FILE.npy (one tensor), FILE.npz or FILE.safetensors.")
    ] = "",
    digests: Annotated[bool, typer.Option("--digests", help="List with digests: equal values have equal ones.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """List the tensors of a model, print their values, or save them.

    Only the bytes that are asked for are read or fetched, from any format and without TensorFlow.
    """
    settings = settings_of(context)
    asked = Asked(names or (), prefix, everything or bool(save and not names), everything, part, digests, full)
    _check(asked)
    with open_tensors(subject, settings) as source:
        if asked.lists:
            _list(source, asked, output)
        elif save:
            _print_saved(source, _save(source, asked, save), output, quiet=settings.quiet)
        else:
            _print(source, asked, output)


def _check(asked: Asked) -> None:
    if asked.names and (asked.everything or asked.prefix):
        raise RequestInvalidError("Tensors were named, and --all or --prefix was given too.", hint="Give one or the other.")
    if asked.lists and (asked.part or asked.full):
        raise RequestInvalidError(
            "--slice and --full are for values, and no tensor was named.", hint="Name a tensor, or add --all."
        )
    if asked.digests and not asked.lists:
        raise RequestInvalidError("--digests is for lists.", hint="Leave out the names, or --digests.")


def _list(source: TensorSource, asked: Asked, output: OutputForm) -> None:
    stored = source.tensors(asked.prefix, asked.digests)
    found = [alone(tensor) for tensor in stored] if asked.digests else _values(stored)
    if output is OutputForm.JSON:
        write_json({"subject": source.name, "tensors": [_listed_document(one) for one in found]})
        return
    if not found:
        note("no tensors")
    with_path = any(one.tensors[0].path for one in found)
    with_kind = len({is_constant(one) for one in found}) > 1
    rows = [_row(one, with_kind=with_kind, with_path=with_path, with_digest=asked.digests) for one in found]
    header = ("name", "dtype", "shape", "size", *(["kind"] * with_kind), *(["path"] * with_path), *(["digest"] * asked.digests))
    write_lines(table(rows, header=header))


def _row(found: Found, *, with_kind: bool, with_path: bool, with_digest: bool) -> tuple[str, ...]:
    first = found.tensors[0]
    row = (found.name, found.dtype, written_shape(found.shape), size_text(_size_bytes(found)))
    kind = ["constant" if is_constant(found) else "variable"] * with_kind
    return (
        *row,
        *kind,
        *([first.path or "-"] * with_path),
        *([short_digest(first.digest) if first.digest else "-"] * with_digest),
    )


def _print(source: TensorSource, asked: Asked, output: OutputForm) -> None:
    from tfreg.cli.tensor_text import value_json, value_text, whole_array

    values = source.values()
    chosen = _chosen(values, source, asked)
    if output is OutputForm.JSON:
        found = [
            {**_header_document(header), "value": value_json(whole_array(values, selection, header))}
            for selection, header in chosen
        ]
        write_json({"subject": source.name, "tensors": found})
        return
    for number, (selection, header) in enumerate(chosen):
        text = value_text(values, selection, header, full=asked.full)
        title = f"{selection.name}  {header.dtype}  {written_shape(header.shape)}"
        write_lines([*([""] if number else []), title, *text.splitlines()])


def _save(source: TensorSource, asked: Asked, path: str) -> Saved:
    from tfreg.core.values.saving import check_path, plan, write

    check_path(path)
    values = source.values()
    planned = plan(path, _chosen(values, source, asked))
    return write(planned, values.streams(planned.selections))


def _print_saved(source: TensorSource, saved: Saved, output: OutputForm, *, quiet: bool) -> None:
    if output is OutputForm.JSON:
        write_json(
            {
                "subject": source.name,
                "path": str(saved.path),
                "size_bytes": saved.size_bytes,
                "tensors": [_header_document(header) for header in saved.headers],
                "notes": list(saved.notes),
            }
        )
        return
    for text in saved.notes:
        note(f"note: {text}", quiet=quiet)
    if not quiet:
        write_lines([f"{saved.path}: {count_text(len(saved.headers), 'tensor')}, {size_text(saved.size_bytes)}"])


def _chosen(values: ValueSource, source: TensorSource, asked: Asked) -> list[tuple[Selection, ValueHeader]]:
    """Returns what is to be read. Of all tensors those are left out that have no plain value."""
    names = asked.names or [found.name for found in _unnamed(source, asked) if is_readable(found)]
    selections = [Selection(name) for name in names]
    if asked.part:
        selections = [selection_of(name, asked.part, values.header(Selection(name)).shape) for name in names]
    return [(selection, values.header(selection)) for selection in selections]


def _unnamed(source: TensorSource, asked: Asked) -> list[Found]:
    """Returns the values that are meant if none is named: without --all no constants beside variables, as TensorFlow restores them."""
    found = _values(source.tensors(asked.prefix, False))
    chosen = found if asked.constants else without_constants(found)
    if left_out := len(found) - len(chosen):
        note(f"note: {count_text(left_out, 'constant')} of the graph left out; --all takes them too.")
    return chosen


def _values(stored: Sequence[StoredTensor]) -> list[Found]:
    return list(TensorNames(stored).values())


def _size_bytes(found: Found) -> int:
    """Returns the size of the value; of texts, what they take in the file."""
    element = element_size_bytes(found.dtype)
    return sum(tensor.size_bytes for tensor in found.tensors) if element is None else element * element_count(found.shape)


def _listed_document(found: Found) -> Document:
    first = found.tensors[0]
    return {
        "name": found.name,
        "dtype": found.dtype,
        "shape": list(found.shape),
        "size_bytes": _size_bytes(found),
        "path": first.path or None,
        "trainable": first.trainable,
        "constant": first.constant,
        "slices": len(found.tensors) if found.is_partitioned else 0,
        "digest": first.digest or None,
    }


def _header_document(header: ValueHeader) -> Document:
    return {"name": header.name, "dtype": header.dtype, "shape": list(header.shape), "size_bytes": header.size_bytes}
