"""Moving aliases."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.app.lookup import find_model, find_version, not_found
from tfreg.app.stores import Stores
from tfreg.core.errors import AliasNotFoundError
from tfreg.core.names import ModelName, Reference
from tfreg.core.records import AliasMove, ModelRecord


def set_aliases(stores: Stores, name: ModelName, moves: Sequence[AliasMove]) -> ModelRecord:
    """Moves, makes and removes aliases of a model: all or none.

    Raises:
        ModelNotFoundError, VersionNotFoundError, AliasNotFoundError: As named; the metadata say what there is.
        AliasConflictError: An alias is not where the caller expected it.
    """
    model = find_model(stores.catalog, name)
    for move in moves:  # only for better messages: the catalog's transaction decides
        if move.version:
            find_version(stores.catalog, Reference(name, version=move.version))
        elif move.alias not in model.aliases and not move.expected_version:
            message = f"The model {name!r} has no alias {move.alias!r}."
            raise not_found(AliasNotFoundError, message, move.alias, model.aliases, model=name, alias=move.alias)
    return stores.catalog.set_aliases(name, moves, stores.clock())
