"""Completes model names and aliases in the shell. Whatever goes wrong, nothing is offered: a Tab must never print an error."""

from __future__ import annotations

from itertools import islice

import typer

from tfreg.cli.settings import Settings, settings_of
from tfreg.core.names import is_path

MAX_OFFERED = 100


def complete_reference(context: typer.Context, incomplete: str) -> list[str]:
    """Completes `team/n` to models, and `team/name@` to the model's aliases."""
    if is_path(incomplete):
        return []
    model, at, alias = incomplete.partition("@")
    return _aliases(settings_of(context), model, alias) if at else complete_model(context, incomplete)


def complete_model(context: typer.Context, incomplete: str) -> list[str]:
    """Completes a model's name."""
    try:
        from tfreg.cli.registry import open_registry

        with open_registry(settings_of(context), patient=False) as client:
            return [model.name for model in islice(client.models(incomplete), MAX_OFFERED)]
    except Exception:
        return []


def _aliases(settings: Settings, model: str, start: str) -> list[str]:
    try:
        from tfreg.cli.registry import open_registry

        with open_registry(settings, patient=False) as client:
            return [f"{model}@{alias}" for alias in sorted(client.model(model).aliases) if alias.startswith(start)]
    except Exception:
        return []
