"""A run of a model by a worker: what to run, and what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.cli.given_inputs import GivenInputs, NamedFiles
from tfreg.cli.runners import open_local_runner
from tfreg.cli.subjects import local_binding, select_local
from tfreg.convert.early_checks import check_early
from tfreg.convert.runs import RunRequest
from tfreg.core import json_values
from tfreg.core.checking.calls import call_of_binding
from tfreg.core.conversions.steps import StepJob
from tfreg.core.files import FileTree
from tfreg.core.names import is_path

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings
    from tfreg.core.bindings import Binding, BindingQuery

_STEP = "run_signature"
_FOREIGN_CODES = frozenset({"TFR403", "TFR406"})


@dataclass(frozen=True, slots=True)
class Runnable:
    """A model on this machine, and the names to run it by.

    Attributes:
        name: The path as given, or `team/name:7`.
        tree: Its files.
        binding: The signature.
        is_foreign: Whether loading it runs code of its author's own.
    """

    name: str
    tree: FileTree
    binding: Binding
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class RanOutput:
    """An output: its key, what it is, and the .npy that it is in as long as `ran` lasts."""

    key: str
    dtype: str
    shape: tuple[int, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run gave."""

    outputs: tuple[RanOutput, ...]
    tree: FileTree

    def content(self, output: RanOutput) -> bytes:
        """Returns an output as a .npy."""
        with self.tree.open(output.file) as reader:
            return reader.read_at(0, reader.size_bytes)


def runnable(text: str, query: BindingQuery, settings: Settings) -> Runnable:
    """Returns what a path or a reference stands for; a version is pulled into the cache first.

    Raises:
        TfregError: There is no such thing, or it has no such signature.
    """
    if is_path(text):
        return _local(text, text, query)
    from tfreg.cli.progress import transfer
    from tfreg.cli.registry import open_registry, path_hint

    with path_hint(text), open_registry(settings) as client:
        resolved = client.resolve(text, signature=query.signature, tags=query.tags, outputs=query.outputs)
        with transfer(quiet=settings.quiet) as progress:
            pulled = client.pull(f"{resolved.model}@{resolved.artifact_digest}", progress=progress)
    selected = select_local(str(pulled.path))
    foreign = _is_foreign(selected.format.inspect(selected.tree).problems)
    return Runnable(f"{resolved.model}:{resolved.version}", selected.tree, resolved.binding, foreign)


@contextmanager
def ran(
    model: Runnable, given: GivenInputs, settings: Settings, *, allow_pickle: bool, foreign: bool, unsandboxed: bool
) -> Iterator[Ran]:
    """Runs a model in a worker; yields what it gave.

    Raises:
        InputsInvalidError: An input does not fit, which shows before anything is run.
        TfregError: As `StepRunner.run`, and what the step `run_signature` raises.
    """
    request = RunRequest(call_of_binding(model.binding), given.inputs, allow_pickle)
    check_early(request, given.files)
    inputs: dict[str, FileTree] = {"source": model.tree}
    if given.files:
        inputs["values"] = NamedFiles(given.files)
    job = StepJob(_STEP, inputs, json_values.encode({"run": request}).decode(), model.is_foreign)
    with (
        open_local_runner(foreign=foreign, unsandboxed=unsandboxed, quiet=settings.quiet) as (runner, report),
        runner.run(job, report, lambda: True) as result,
    ):
        yield Ran(tuple(_outputs(result.facts)), result.tree)


def _local(path: str, name: str, query: BindingQuery) -> Runnable:
    selected = select_local(path)
    inspection = selected.format.inspect(selected.tree)
    binding = local_binding(selected.tree, selected.format, inspection, query)
    return Runnable(name, selected.tree, binding, _is_foreign(inspection.problems))


def _is_foreign(problems: object) -> bool:
    return isinstance(problems, tuple) and any(problem.code in _FOREIGN_CODES for problem in problems)


def _outputs(facts: Mapping[str, object]) -> Iterator[RanOutput]:
    """Yields what a worker says that it wrote; what is of another form is passed over."""
    told = facts.get("outputs")
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict) and isinstance(one.get("shape"), list):
            sizes = tuple(size for size in one["shape"] if isinstance(size, int))
            yield RanOutput(str(one.get("key")), str(one.get("dtype")), sizes, str(one.get("file")))
