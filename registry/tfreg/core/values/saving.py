"""Values of tensors as a file: .npy, .npz or .safetensors. They stream to the disk; the file appears whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import PathInvalidError, PathNotFoundError, RequestInvalidError, StorageFullError
from tfreg.core.values.npy import BITS_ONLY, npy_chunks, npy_dtype
from tfreg.core.values.safetensors import safetensors_dtype, safetensors_head
from tfreg.core.values.selection import Selection, ValueHeader

SUFFIXES = (".npy", ".npz", ".safetensors")
Stream = tuple[ValueHeader, Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written.

    Attributes:
        path: The file.
        size_bytes: Its size.
        headers: The values, as they are in the artifact, in the order of the file.
        notes: What was written as something else, a sentence each.
    """

    path: Path
    size_bytes: int
    headers: tuple[ValueHeader, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is going to be written: the values in the order in which `write` needs them."""

    path: Path
    selections: tuple[Selection, ...]
    headers: tuple[ValueHeader, ...]
    notes: tuple[str, ...]


def check_path(path: str | os.PathLike[str]) -> Path:
    """Returns where to write.

    Raises:
        RequestInvalidError: The suffix is none of `SUFFIXES`.
        PathNotFoundError: The folder is not there.
    """
    found = Path(path).expanduser()
    if found.suffix not in SUFFIXES:
        raise RequestInvalidError(f"{str(path)!r} ends with none of {', '.join(SUFFIXES)}.", hint="Name a file of these formats.")
    if not found.parent.is_dir():
        raise PathNotFoundError(f"There is no folder '{found.parent}'.", hint="Make it first.", path=str(found.parent))
    return found


def plan(path: str | os.PathLike[str], values: Sequence[tuple[Selection, ValueHeader]]) -> Plan:
    """Returns what is to be written, after checking that the file's format has it all.

    Raises:
        RequestInvalidError: It has not; or nothing is to be written, or two values of one name.
        PathNotFoundError: The folder is not there.
    """
    target = check_path(path)
    values = _named_as_asked(values)
    if not values:
        raise RequestInvalidError("There are no tensors to save.")
    if target.suffix == ".npy" and len(values) > 1:
        raise RequestInvalidError(f"A .npy holds one tensor, not {len(values)}.", hint="Save them as .npz or .safetensors.")
    if target.suffix == ".safetensors":
        values = sorted(values, key=lambda value: -(element_size_bytes(value[1].dtype) or 1))  # so that each is aligned
    written = safetensors_dtype if target.suffix == ".safetensors" else npy_dtype
    notes: dict[str, int] = {}
    for _, header in values:
        dtype = written(header)
        if dtype != header.dtype:
            key = f"{header.dtype} is saved as {dtype}, which holds {'its bits' if header.dtype in BITS_ONLY else 'the same values'}"
            notes[key] = notes.get(key, 0) + 1
    selections, headers = zip(*values, strict=True)
    return Plan(target, selections, headers, tuple(f"{note} ({count} of {len(values)})." for note, count in notes.items()))


def write(planned: Plan, streams: Iterator[Stream]) -> Saved:
    """Writes the values, which come in the plan's order.

    Raises:
        StorageFullError: The disk is full.
        PathInvalidError: It cannot be written to.
        TfregError: A value cannot be read after all; nothing is written then.
    """
    target = planned.path
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            _WRITERS[target.suffix](file, planned, streams)
            size_bytes = file.tell()
        temporary.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from None
    finally:
        temporary.unlink(missing_ok=True)
    return Saved(target, size_bytes, planned.headers, planned.notes)


def _write_npy(file: BinaryIO, planned: Plan, streams: Iterator[Stream]) -> None:
    for header, (_, chunks) in zip(planned.headers, streams, strict=True):
        file.writelines(npy_chunks(header, chunks))


def _write_npz(file: BinaryIO, planned: Plan, streams: Iterator[Stream]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for header, (_, chunks) in zip(planned.headers, streams, strict=True):
            with archive.open(zipfile.ZipInfo(f"{header.name}.npy"), "w", force_zip64=True) as member:
                for chunk in npy_chunks(header, chunks):
                    member.write(chunk)
    file.seek(0, os.SEEK_END)


def _write_safetensors(file: BinaryIO, planned: Plan, streams: Iterator[Stream]) -> None:
    file.write(safetensors_head(planned.headers))
    for _, (_, chunks) in zip(planned.headers, streams, strict=True):
        file.writelines(chunks)


_WRITERS = {".npy": _write_npy, ".npz": _write_npz, ".safetensors": _write_safetensors}


def _named_as_asked(values: Sequence[tuple[Selection, ValueHeader]]) -> list[tuple[Selection, ValueHeader]]:
    """Returns the values under the names that were asked for, each once."""
    by_name: dict[str, tuple[Selection, ValueHeader]] = {}
    for selection, header in values:
        by_name.setdefault(selection.name, (selection, replace(header, name=selection.name)))
    return list(by_name.values())


def _unwritable(target: Path, error: OSError) -> StorageFullError | PathInvalidError:
    kind = StorageFullError if error.errno in (errno.ENOSPC, errno.EDQUOT) else PathInvalidError
    return kind(f"'{target}' cannot be written: {error.strerror}.", path=str(target))
