"""How the model of a binding is loaded."""

from __future__ import annotations

from tfreg.core.bindings import Binding


def loaded_by_tags(binding: Binding) -> bool:
    """True for a SavedModel, which a loader takes by its tag set. A frozen graph is imported, whatever tags were declared for it."""
    return binding.format == "saved_model"
