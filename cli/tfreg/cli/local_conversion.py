"""Conversion of a local model, in this process and, where TensorFlow is needed, in a sandboxed worker: the server's own code."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfreg.cli.subjects import select_local
from tfreg.core.conversions.converting import Converted, convert, form_of, plain_source, source_of
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.planning import Plan, plan
from tfreg.core.conversions.requests import MODEL_ROLES
from tfreg.core.conversions.results import Check
from tfreg.core.conversions.saving import check_destination, save
from tfreg.core.conversions.targets import Target
from tfreg.core.names import is_path
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.trees import LocalTree

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings
    from tfreg.core.conversions.steps import Report, StepRunner


@dataclass(frozen=True, slots=True)
class LocalRequest:
    """What to convert, to what, and what else goes in: paths or references by role."""

    path: str
    target: str
    options: ConversionOptions
    inputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A local model and the way that it will go."""

    source: Source
    way: Plan
    others: Mapping[str, Source]


def prepare(request: LocalRequest, settings: Settings) -> Prepared:
    """Returns a plan whose source is inspected, before any work.

    Raises:
        TfregError: There is no such model, or no way.
    """
    source = _source(request.path)
    way = plan(form_of(source.inspection), request.target, request.options, request.inputs)
    return Prepared(source, way, {role: _other(role, text, settings) for role, text in request.inputs.items()})


@contextmanager
def converted(ready: Prepared, runner: StepRunner, report: Report) -> Iterator[Converted]:
    """Yields what a conversion made, as long as the context lasts."""
    with convert(ready.source, ready.way, ready.others, runner=runner, report=report, still_wanted=lambda: True) as result:
        yield result


def checked(ready: Prepared, result: Converted, runner: StepRunner, report: Report, *, wanted: bool) -> Check:
    """Returns what running source and result on the same inputs shows, if that is wanted."""
    from tfreg.core.checking.check import check, why_unchecked

    if not wanted:
        reason = why_unchecked(ready.source.format, result.format.name, result.result.names)
        return Check(reason=reason or "not asked for (--check)")
    samples, module = ready.others.get("samples"), ready.others.get("custom_objects")
    return check(
        ready.source,
        source_of(result.tree, result.format, result.inspection, result.signatures),
        result.result.names,
        runner=runner,
        report=report,
        still_wanted=lambda: True,
        samples=None if samples is None else samples.tree,
        custom_objects=None if module is None else module.tree,
        tags=ready.way.options.tags,
        options=ready.way.options,
        roles=ready.others.keys(),
        runs_foreign_code="custom_objects" in ready.others,
        checked_at_ms=time.time_ns() // 1_000_000,
    )


def save_converted(result: Converted, ready: Prepared, out: str, *, overwrite: bool) -> tuple[Path, int]:
    """Writes a result to the disk; into a folder if it is several files, or if `out` ends in `/` or is a folder.

    Returns:
        Where it is, and how many bytes it has.

    Raises:
        TfregError: It cannot be written; nothing is left then.
    """
    place = destination(ready.way.target, out)
    return place, save(result.tree, place, is_folder=ready.way.target.is_folder, overwrite=overwrite)


def save_pulled(pulled: Path, target: Target, out: str) -> Path:
    """Puts a pulled artifact where something else may be, which is replaced. Returns where it is.

    Raises:
        TfregError: It cannot be written; what was there stays then.
    """
    place = destination(target, out)
    save(LocalTree(pulled), place, is_folder=target.is_folder, overwrite=True)
    return place


def check_out(way: Plan, out: str, *, overwrite: bool) -> None:
    """Checks, before any work, that a result can be written.

    Raises:
        TfregError: It cannot.
    """
    check_destination(destination(way.target, out), overwrite=overwrite)


def destination(target: Target, out: str) -> Path:
    """Returns where a result goes: a single file into a folder that is there, or that `out` says by a `/` at its end, by its own name."""
    path = Path(out).expanduser()
    if not target.is_folder and (out.endswith("/") or path.is_dir()):
        return path / target.file_name
    return path


def _source(path: str) -> Source:
    selected = select_local(path)
    return source_of(selected.tree, selected.format, selected.format.inspect(selected.tree))


def _other(role: str, text: str, settings: Settings) -> Source:
    if not is_path(text):
        return _source(str(_pulled(text, settings)))
    return _source(text) if role in MODEL_ROLES else plain_source(LocalTree(Path(text).expanduser()))


def _pulled(reference: str, settings: Settings) -> Path:
    from tfreg.cli.registry import open_registry, path_hint

    with path_hint(reference), open_registry(settings) as client:
        return client.pull(reference).path
