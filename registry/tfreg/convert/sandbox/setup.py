"""What a worker process is told when it starts, before it knows its job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum

from tfreg.convert.sandbox.limits import SandboxLimits

JOB_FOLDER = "/job"
"""Where a worker behind walls sees its work folder."""


class Walls(Enum):
    """What stands around a worker."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Found:
    """Walls that work here.

    Attributes:
        walls: Which.
        as_other_user: Whether the worker becomes a user without rights, as root can; else it is in a user namespace.
    """

    walls: Walls
    as_other_user: bool = False


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """How a worker starts.

    Attributes:
        walls: What stands around it.
        folder: Its work folder as the machine sees it: `in`, `out`, `scratch`, `root`.
        parent: Process that it must not outlive.
        user: User number to become; None: stay.
        limits: What it may use up.
        visible: What of the machine it sees (`sandbox.visible`).
        import_folders: Where it finds modules.
        extra_steps: Modules that are steps besides those of tfreg.
        warm: Whether TensorFlow is imported before the job is known.
    """

    walls: Walls
    folder: str
    parent: int
    user: int | None = None
    limits: SandboxLimits = field(default_factory=SandboxLimits)
    visible: tuple[str, ...] = ()
    import_folders: tuple[str, ...] = ()
    extra_steps: tuple[str, ...] = ()
    warm: bool = True

    @property
    def seen_folder(self) -> str:
        """The work folder as the worker sees it."""
        return self.folder if self.walls is Walls.NONE else JOB_FOLDER

    def environment(self) -> Mapping[str, str]:
        """The worker's whole environment: nothing of the server's own."""
        scratch = f"{self.seen_folder}/scratch"
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": scratch,
            "TMPDIR": scratch,
            "USER": "tfreg",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": ":".join(self.import_folders),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "CUDA_VISIBLE_DEVICES": "-1",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }


def encode(setup: WorkerSetup) -> str:
    """Writes a setup as JSON."""
    return json.dumps(asdict(setup) | {"walls": setup.walls.value})


def decode(text: str) -> WorkerSetup:
    """Reads what `encode` wrote."""
    fields = json.loads(text)
    for name in ("visible", "import_folders", "extra_steps"):
        fields[name] = tuple(fields[name])
    return WorkerSetup(**fields | {"walls": Walls(fields["walls"]), "limits": SandboxLimits(**fields["limits"])})
