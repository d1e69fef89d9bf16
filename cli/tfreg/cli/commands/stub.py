"""`tfreg stub`: typed code that calls a model's signatures."""

from __future__ import annotations

import shlex
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tfreg.cli.choosing import tag_set
from tfreg.cli.commands.resolve import option_hint, wanted_formats
from tfreg.cli.completions import complete_reference
from tfreg.cli.locking import LOCK_FILE, Side, locked_subject, read_lock_file, write_lock_file, write_whole
from tfreg.cli.settings import FormatsOption, OutputForm, OutputOption, TagSetOption, settings_of
from tfreg.cli.writing import write, write_json, write_lines
from tfreg.core.errors import RequestInvalidError, SignatureNotFoundError
from tfreg.core.locks.lock import Lock, LockedModel
from tfreg.core.names import is_path
from tfreg.core.resolving.nearest import did_you_mean, listed, nearest, shown


class Language(StrEnum):
    """What the code is written in."""

    JAVA = "java"
    PYTHON = "python"
    PROTO = "proto"


def stub(
    context: typer.Context,
    *,
    language: Annotated[Language, typer.Argument(help="What to write.")],
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    out: Annotated[
        str,
        typer.Option(metavar="FILE|DIR", help="Where to write: the file, or the folder of java's packages (the current one)."),
    ] = "",
    package: Annotated[
        str, typer.Option(metavar="NAME", help="The package: java needs one; proto's is made of the model's name.")
    ] = "",
    signatures: Annotated[
        list[str] | None, typer.Option("--signature", metavar="KEY", help="Only this signature. Repeatable.")
    ] = None,
    formats: FormatsOption = None,
    tags: TagSetOption = "",
    lock: Annotated[
        Path | None,
        typer.Option("--lock", metavar="FILE", help=f"Write down in this lock file, such as {LOCK_FILE}, what was used."),
    ] = None,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Write typed code that calls a model's signatures by name: Java classes, a Python module for numpy, or a .proto."""
    _check(language, package, subject, lock)
    side = Side(wanted_formats(formats, convert=False), tag_set(tags))
    with option_hint():
        entry = locked_subject(subject, side, settings_of(context))
    known = Lock() if lock is None else read_lock_file(lock)
    chosen = _chosen(entry, signatures or [])
    command = _command(language, subject, package, signatures or [], side)
    if language is Language.JAVA:
        text, files = "", _java(chosen, package, Path(out or "."))
    else:
        text = _text(language, chosen, command, package, out)
        files = _saved(text, out) if out else []
    if lock is not None:  # what was generated is on record, and nothing else
        write_lock_file(lock, known.renewed([entry]))
    if output is OutputForm.JSON:
        write_json({"subject": chosen.reference, "language": language.value, "files": files, "text": None if files else text})
    elif files:
        write_lines(files)
    else:
        write(text)


def _check(language: Language, package: str, subject: str, lock: Path | None) -> None:
    if language is Language.JAVA and not package:
        raise RequestInvalidError("Java classes need a package.", hint="Add --package com.acme.")
    if language is Language.PYTHON and package:
        raise RequestInvalidError(
            "A Python module has no package of its own.", hint="Leave --package out; --out FILE says where it goes."
        )
    if lock is not None and is_path(subject):
        raise RequestInvalidError(
            f"'{subject}' is a local path; only what is in a registry can be locked.", hint="Leave --lock out, or tfreg push it."
        )


def _chosen(entry: LockedModel, keys: list[str]) -> LockedModel:
    having = [signature.key for signature in entry.signatures]
    for key in keys:
        if key not in having:
            close = nearest(key, having)
            raise SignatureNotFoundError(
                f"The signature {shown(key)} does not exist.{did_you_mean(close)}",
                hint=f"There are: {listed(having)}.",
                signature=key,
                existing=listed(having),
                nearest=listed(close),
            )
    return replace(entry, signatures=tuple(one for one in entry.signatures if one.key in keys)) if keys else entry


def _command(language: Language, subject: str, package: str, signatures: list[str], side: Side) -> str:
    words = ["tfreg", "stub", language.value, subject]
    words += ["--package", package] if package else []
    words += [word for key in signatures for word in ("--signature", key)]
    words += ["--format", ",".join(side.formats)] if side.formats else []
    words += ["--tag-set", ",".join(side.tags)] if side.tags else []
    return shlex.join(words)


def _java(entry: LockedModel, package: str, out: Path) -> list[str]:
    from tfreg.cli.java_stubs import write_java

    with TemporaryDirectory(prefix="tfreg-stub-") as folder:
        lock = Path(folder) / LOCK_FILE
        write_lock_file(lock, Lock((entry,)))
        return write_java(lock, package, out, entry.reference)


def _text(language: Language, entry: LockedModel, command: str, package: str, out: str) -> str:
    if language is Language.PYTHON:
        from tfreg.core.stubs.python_module import python_module

        return python_module(entry, command)
    from tfreg.core.stubs.proto_file import proto_file

    return proto_file(entry, command, package, _before(out))


def _before(out: str) -> str:
    """Returns the file that is there, whose numbers are kept."""
    path = Path(out).expanduser()
    try:
        return path.read_text(encoding="utf-8") if out and path.is_file() else ""
    except UnicodeDecodeError:
        raise RequestInvalidError(
            f"'{out}' is no text, so it has no field numbers to be kept.", hint="Name another file.", path=out
        ) from None


def _saved(text: str, out: str) -> list[str]:
    path = Path(out).expanduser()
    if path.is_dir():
        raise RequestInvalidError(f"'{out}' is a folder.", hint="Name the file that shall be written.", path=out)
    write_whole(path, text.encode())
    return [out]
