"""How workers are run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tfreg.convert.sandbox.limits import SandboxLimits


class Sandbox(Enum):
    """Which walls stand around workers."""

    AUTO = "auto"
    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """How workers are run.

    Attributes:
        scratch: Folder for the work folders, of tfreg's own; made if it is not there. What dead owners left in it is taken away.
        workers: How many jobs run at the same time.
        warm: How many workers are started ahead and wait; 0: a worker is started when a job comes.
        import_tensorflow: Whether workers that wait import TensorFlow while they do.
        limits: What a job may use up.
        allow_foreign_code: Whether models may run code of their author's own.
        allow_unsandboxed: Whether jobs run without walls where none can be had, or where `sandbox` is `none`.
        sandbox: Which walls; `auto`: the best that work here.
        extra_steps: Steps besides those of tfreg: module names, and the folder that each is imported from. Tests use it.
    """

    scratch: Path
    workers: int = 1
    warm: int = 0
    import_tensorflow: bool = True
    limits: SandboxLimits = field(default_factory=SandboxLimits)
    allow_foreign_code: bool = False
    allow_unsandboxed: bool = False
    sandbox: Sandbox = Sandbox.AUTO
    extra_steps: Mapping[str, Path] = field(default_factory=dict)
