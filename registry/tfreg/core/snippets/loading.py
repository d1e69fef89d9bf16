"""How the model of a binding is loaded."""

from __future__ import annotations

from tfreg.core.bindings import Binding


def loaded_by_tags(binding: Binding) -> bool:
    """True for a SavedModel, which a loader takes by its tag set. A frozen graph is imported, whatever tags were declared for it."""
    return binding.format == "saved_model"


def restored_from_checkpoint(binding: Binding) -> bool:
    """True for a TF1 checkpoint whose .meta says what restores: its graph is imported, then the values are restored into it."""
    return binding.format == "tf1_checkpoint" and bool(binding.targets.restore_operation and binding.targets.restore_filename)
