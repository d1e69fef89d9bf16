"""Lookup: which model and version a name or a reference stands for; and if none, which there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TypeVar

from tfreg.app.ports import Catalog
from tfreg.core.errors import AliasNotFoundError, ArtifactNotFoundError, ModelNotFoundError, NotFoundError, VersionNotFoundError
from tfreg.core.names import ModelName, Reference
from tfreg.core.records import ModelRecord, VersionRecord

_LISTED = 50
_SEARCHED = 1000
_Error = TypeVar("_Error", bound=NotFoundError)


def find_model(catalog: Catalog, name: ModelName) -> ModelRecord:
    """Returns a model.

    Raises:
        ModelNotFoundError: There is none; the metadata say which there are and which are nearest.
    """
    model = catalog.model(name)
    if model is not None:
        return model
    names = [record.name for record in catalog.models("", "", _SEARCHED)]
    error = not_found(ModelNotFoundError, f"There is no model {name!r}.", name, names, model=name)
    error.hint = error.hint if names else "The registry has no models yet: push one."
    raise error


def find_version(catalog: Catalog, reference: Reference) -> VersionRecord:
    """Returns the version that a reference stands for.

    Raises:
        ModelNotFoundError, VersionNotFoundError, AliasNotFoundError, ArtifactNotFoundError: As named; the metadata say what there is.
    """
    if reference.digest is not None:
        return _version_of_artifact(catalog, reference)
    if reference.version is not None:
        return _numbered(catalog, reference.model, reference.version)
    model = find_model(catalog, reference.model)
    if reference.alias is None:
        return _numbered(catalog, model.name, model.newest_version)
    number = model.aliases.get(reference.alias)
    if number is None:
        message = f"The model {model.name!r} has no alias {reference.alias!r}."
        raise not_found(AliasNotFoundError, message, reference.alias, model.aliases, model=model.name, alias=reference.alias)
    return _numbered(catalog, model.name, number)


def not_found(error: type[_Error], message: str, wanted: str, existing: Iterable[str], **metadata: str) -> _Error:
    """Returns an error that says what there is, and what is nearest to what was wanted."""
    names = list(existing)
    nearest = difflib.get_close_matches(wanted, names, n=3)
    near_first = sorted(names, key=lambda name: name.partition("/")[0] != wanted.partition("/")[0])
    hint = f"Did you mean {' or '.join(nearest)}?" if nearest else _listing(near_first)
    found = {"existing": ", ".join(names[:_LISTED]), "nearest": ", ".join(nearest)}
    return error(message, hint=hint, **metadata, **found)


def _listing(names: list[str]) -> str:
    if not names:
        return "There are none yet."
    return f"There are: {', '.join(names[:5])}{', ...' if len(names) > 5 else '.'}"


def _numbered(catalog: Catalog, name: ModelName, number: int) -> VersionRecord:
    version = catalog.version(name, number)
    if version is not None:
        return version
    find_model(catalog, name)
    if number == 0:
        raise VersionNotFoundError(
            f"All versions of {name!r} are deleted.", hint="Push one, or take a deletion back.", model=name, existing=""
        )
    if catalog.version(name, number, deleted=True) is not None:
        raise VersionNotFoundError(
            f"Version {number} of {name!r} is deleted.", hint="Take the deletion back to use it.", model=name, deleted="true"
        )
    numbers = [str(version.number) for version in catalog.versions(name, 0, _LISTED)]
    raise VersionNotFoundError(
        f"The model {name!r} has no version {number}.", hint=_listing(numbers), model=name, existing=", ".join(numbers)
    )


def _version_of_artifact(catalog: Catalog, reference: Reference) -> VersionRecord:
    assert reference.digest is not None
    version = catalog.version_of_artifact(reference.model, reference.digest)
    if version is not None:
        return version
    find_model(catalog, reference.model)
    raise ArtifactNotFoundError(
        f"No version of {reference.model!r} has the artifact {reference.digest}.",
        hint="Versions list their artifacts' digests.",
        model=reference.model,
        digest=reference.digest,
        existing=", ".join(version.artifact_digest for version in catalog.versions(reference.model, 0, 10)),
    )
