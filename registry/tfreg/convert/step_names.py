"""Which steps there are, and the module of each. A worker imports no other module by a name that it is told."""

from __future__ import annotations

from collections.abc import Collection

from tfreg.core.conversions.routes import ROUTES, By

RUN_SIGNATURE, CHECK = "run_signature", "check"
STEPS = frozenset(route.name for route in ROUTES if route.by is By.TENSORFLOW) | {RUN_SIGNATURE, CHECK}


def module_of(step: str, extra_steps: Collection[str] = ()) -> str:
    """Returns the module of a step.

    Args:
        step: A name of `STEPS`, or one of `extra_steps`.
        extra_steps: Modules that are steps too; whoever starts the workers says so.

    Raises:
        ValueError: There is no such step.
    """
    if step in STEPS:
        return f"tfreg.convert.steps.{step}"
    if step in extra_steps:
        return step
    raise ValueError(f"'{step}' is not a step")
