"""What every `StepRunner` promises. The fixture `runner` says which they are: the pool behind each kind of walls, and the fake."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tfreg.core.conversions.results import Progress
from tfreg.core.conversions.steps import StepJob, StepRunner
from tfreg.core.errors import (
    CancelledError,
    ForeignCodeError,
    InternalError,
    OpUnsupportedError,
    TensorflowMissingError,
    WorkerFailedError,
)
from tfreg.core.files import FileTree
from tfreg.core.rewrites.pieces import Computed, Inline, RewrittenTree, Slice
from tfreg.core.trees import LocalTree, MemoryTree

STEP = "honest_step"


def job(do: str, inputs: dict[str, FileTree] | None = None, *, foreign: bool = False) -> StepJob:
    return StepJob(STEP, inputs or {}, json.dumps({"do": do}), foreign)


def contents(tree: FileTree) -> dict[str, bytes]:
    found = {}
    for file in tree.files():
        with tree.open(file.path) as reader:
            found[file.path] = reader.read_at(0, file.size_bytes)
    return found


def ignore(progress: Progress) -> None:
    pass


def yes() -> bool:
    return True


def test_a_step_gets_its_inputs_and_its_files_are_the_result(runner: StepRunner) -> None:
    source = MemoryTree({"saved_model.pb": b"graph", "variables/variables.index": b"index"})
    with runner.run(job("copy", {"source": source}), ignore, yes) as result:
        assert contents(result.tree) == {"source/saved_model.pb": b"graph", "source/variables/variables.index": b"index"}
        assert result.facts == {"kinds": {"source": "folder"}}


def test_an_artifact_of_one_file_is_given_as_a_file(runner: StepRunner, tmp_path: Path) -> None:
    (tmp_path / "local.h5").write_bytes(b"hdf5")
    inputs: dict[str, FileTree] = {
        "source": MemoryTree({"model.keras": b"zip"}),
        "local": LocalTree(tmp_path / "local.h5"),
        "saved": MemoryTree({"saved_model.pb": b"graph"}),
    }
    with runner.run(job("copy", inputs), ignore, yes) as result:
        assert result.facts == {"kinds": {"source": "file", "local": "file", "saved": "folder"}}


def test_a_rewrite_s_result_can_go_in(runner: StepRunner) -> None:
    stored = MemoryTree({"weights": bytes(range(256)) * 8192})
    pieces = [Inline(b"head"), Slice(stored, "weights", 5, 2 << 20), Computed(6, lambda: iter([b"abc", b"def"]))]
    with runner.run(job("copy", {"source": RewrittenTree({"model.pb": pieces})}), ignore, yes) as result:
        (content,) = contents(result.tree).values()
    assert content == b"head" + (bytes(range(256)) * 8192)[5 : 5 + (2 << 20)] + b"abcdef"


def test_progress_is_told_in_order(runner: StepRunner) -> None:
    told: list[Progress] = []
    with runner.run(job("copy"), told.append, yes):
        pass
    assert told == [Progress("reading", 0.25, "the inputs"), Progress("writing", 1.0, "")]


def test_the_files_are_gone_when_the_context_is_left(runner: StepRunner) -> None:
    with runner.run(job("copy", {"source": MemoryTree({"a": b"1"})}), ignore, yes) as result:
        assert isinstance(result.tree, LocalTree)
        folder = Path(result.tree.name)
        assert folder.exists()
    assert not folder.exists()


def test_a_refusal_arrives_as_it_was_raised(runner: StepRunner) -> None:
    with pytest.raises(OpUnsupportedError) as raised, runner.run(job("refuse"), ignore, yes):
        pass
    assert (raised.value.message, raised.value.hint) == ("'MyOp' is unknown.", "Register it.")
    assert raised.value.metadata == {"node": "a/b", "function": "f"}


def test_a_mistake_of_a_step_is_a_failed_worker(runner: StepRunner) -> None:
    with pytest.raises(WorkerFailedError, match="ZeroDivisionError") as raised, runner.run(job("raise"), ignore, yes):
        pass
    assert raised.value.metadata["step"] == STEP


def test_a_step_without_tensorflow_says_so(runner: StepRunner) -> None:
    with pytest.raises(TensorflowMissingError), runner.run(job("missing"), ignore, yes):
        pass


def test_the_next_job_works_after_a_failed_one(runner: StepRunner) -> None:
    with pytest.raises(WorkerFailedError), runner.run(job("raise"), ignore, yes):
        pass
    with runner.run(job("copy", {"source": MemoryTree({"a": b"1"})}), ignore, yes) as result:
        assert contents(result.tree) == {"source/a": b"1"}


def test_foreign_code_needs_leave(runner: StepRunner) -> None:
    with pytest.raises(ForeignCodeError), runner.run(job("copy", foreign=True), ignore, yes):
        pass


def test_no_module_is_a_step_unless_it_is_listed(runner: StepRunner) -> None:
    for step in ("os", "tfreg.convert.worker", "../worker", "hostile_step.run", ""):
        with pytest.raises(InternalError), runner.run(StepJob(step, {}), ignore, yes):
            pass


def test_what_nobody_wants_is_not_begun(runner: StepRunner) -> None:
    with pytest.raises(CancelledError), runner.run(job("copy"), ignore, lambda: False):
        pass


def test_a_result_goes_into_the_next_step_while_it_is_held(runner: StepRunner) -> None:
    with (
        runner.run(job("copy", {"a": MemoryTree({"x": b"1", "y": b"2"})}), ignore, yes) as first,
        runner.run(job("copy", {"b": first.tree}), ignore, yes) as second,
    ):
        assert contents(second.tree) == {"b/a/x": b"1", "b/a/y": b"2"}


def test_jobs_of_several_threads_do_not_meet(runner: StepRunner) -> None:
    met = threading.Barrier(4)

    def one(number: int) -> dict[str, bytes]:
        met.wait(60)
        with runner.run(job("copy", {"source": MemoryTree({"n": b"%d" % number})}), ignore, yes) as result:
            return contents(result.tree)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, range(4))) == [{"source/n": b"%d" % number} for number in range(4)]


def test_a_closed_runner_does_no_more(runner: StepRunner) -> None:
    runner.close()
    with pytest.raises(CancelledError), runner.run(job("copy"), ignore, yes):
        pass
