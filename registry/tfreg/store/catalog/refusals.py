"""What a catalog says when it refuses, in the same words whichever catalog it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tfreg.core.digests import Digest
from tfreg.core.errors import (
    AliasConflictError,
    AliasNotFoundError,
    ArtifactNotFoundError,
    AttachmentInvalidError,
    ConversionInterruptedError,
    JobNotFoundError,
    LeaseNotFoundError,
    LimitExceededError,
    ModelNotFoundError,
    SignatureNotFoundError,
    SizeMismatchError,
    VersionAliasedError,
    VersionConflictError,
    VersionNotFoundError,
)
from tfreg.core.names import Alias, ModelName
from tfreg.core.records import AliasMove, BlobRef

if TYPE_CHECKING:
    from tfreg.core.conversions.results import JobFailure

_SHOWN = 100


def lease_not_found(lease_id: str) -> LeaseNotFoundError:
    """The lease is unknown or has expired."""
    return LeaseNotFoundError(
        f"The lease {lease_id[:64]!r} is unknown or has expired.",
        hint="Push again: what was sent before is still there.",
        lease_id=lease_id[:64],
    )


def blobs_not_leased(lease_id: str, digests: Sequence[Digest]) -> LeaseNotFoundError:
    """Blobs were sent under a lease that does not name them."""
    return LeaseNotFoundError(
        f"The lease {lease_id[:64]!r} does not name {len(digests)} of the blobs, the first of them {digests[0]}.",
        hint="Ask which blobs are missing under this lease before sending them.",
        lease_id=lease_id[:64],
        digests=", ".join(digests[:_SHOWN]),
    )


def too_much_leased(lease_id: str, limit: int) -> LimitExceededError:
    """A lease would name more blobs than any commit needs."""
    return LimitExceededError(
        f"The lease {lease_id[:64]!r} would name more than {limit} blobs.",
        hint="Push in several versions: no commit can name so many.",
        lease_id=lease_id[:64],
        limit=str(limit),
    )


def stored_size_differs(blob: BlobRef, stored_bytes: int) -> SizeMismatchError:
    """A blob was named with another size than the stored one has."""
    return SizeMismatchError(
        f"Blob {blob.digest} has {stored_bytes} bytes, not {blob.size_bytes}.",
        digest=blob.digest,
        size_bytes=str(stored_bytes),
    )


def model_not_found(name: ModelName) -> ModelNotFoundError:
    """No such model."""
    return ModelNotFoundError(f"There is no model {name}.", hint="`tfreg ls` lists the models.", model=name)


def version_not_found(model: ModelName, number: int, newest: int) -> VersionNotFoundError:
    """No such version."""
    hint = f"Its newest version is {newest}." if newest else "It has no versions."
    return VersionNotFoundError(
        f"{model} has no version {number}.", hint=hint, model=model, version=str(number), newest=str(newest)
    )


def alias_not_found(model: ModelName, alias: Alias, existing: Iterable[Alias]) -> AliasNotFoundError:
    """No such alias."""
    names = ", ".join(sorted(existing))
    hint = f"It has: {names}." if names else "It has none."
    return AliasNotFoundError(f"{model} has no alias {alias!r}.", hint=hint, model=model, alias=alias, existing=names)


def alias_conflict(model: ModelName, move: AliasMove, actual: int) -> AliasConflictError:
    """An alias is not where it was expected."""
    where = f"points at version {actual}" if actual else "points nowhere"
    return AliasConflictError(
        f"The alias {move.alias!r} of {model} {where}, not at {move.expected_version or 'nowhere'}.",
        hint="Somebody moved it: look again, then decide.",
        model=model,
        alias=move.alias,
        expected_version=str(move.expected_version),
        actual_version=str(actual),
    )


def version_conflict(model: ModelName, expected: int, newest: int) -> VersionConflictError:
    """The newest version is not the expected one."""
    return VersionConflictError(
        f"The newest version of {model} is {newest or 'none'}, not {expected or 'none'}.",
        hint="Somebody pushed one: look again, then decide.",
        model=model,
        expected_version=str(expected),
        actual_version=str(newest),
    )


def version_aliased(model: ModelName, number: int, aliases: Sequence[Alias]) -> VersionAliasedError:
    """Aliases point at a version that should be deleted."""
    names = ", ".join(aliases)
    return VersionAliasedError(
        f"{model}:{number} cannot be deleted while these aliases point at it: {names}.",
        hint="Move or remove them first.",
        model=model,
        version=str(number),
        aliases=names,
    )


def attachment_taken(model: ModelName, number: int, role: str, file_name: str) -> AttachmentInvalidError:
    """A version holds an attachment of that role and file name with other content."""
    return AttachmentInvalidError(
        f"{model}:{number} has an attachment {role}/{file_name} with other content.",
        hint="What a version holds does not change: give the file another name.",
        model=model,
        version=str(number),
        role=role,
        path=file_name,
    )


def too_much_attached(model: ModelName, number: int, count: int, limit_bytes: int) -> LimitExceededError:
    """A version would have more attachments than fit into an answer."""
    return LimitExceededError(
        f"{model}:{number} would have {count} attachments, whose description passes {limit_bytes} bytes.",
        hint="Pack them into one file.",
        model=model,
        version=str(number),
        limit_bytes=str(limit_bytes),
    )


def too_many_aliases(model: ModelName, limit: int) -> LimitExceededError:
    """A model would have more aliases than fit into an answer."""
    return LimitExceededError(
        f"{model} has {limit} aliases, which is the most that a model can have.",
        hint="Remove some first; labels say more about a version.",
        model=model,
        limit=str(limit),
    )


def signature_not_declared(
    model: ModelName, number: int, tags: Iterable[str], key: str, existing: Iterable[str]
) -> SignatureNotFoundError:
    """No signature is declared for these tags and this key."""
    keys = ", ".join(list(dict.fromkeys(existing))[:_SHOWN])
    tag_set = ", ".join(tags)[:_SHOWN]
    where = f" and the tag set {tag_set}" if tag_set else ""
    return SignatureNotFoundError(
        f"No signature {key[:_SHOWN]!r} is declared for {model}:{number}{where}.",
        hint=f"Declared are: {keys[:1000]}."
        if keys
        else "None is declared. What the artifact itself holds cannot be taken back.",
        model=model,
        version=str(number),
        signature=key[:_SHOWN],
        existing=keys[:1000],
    )


def too_many_signatures(model: ModelName, number: int, limit: int) -> LimitExceededError:
    """A version would have more declared signatures than a question can read."""
    return _version_is_full(model, number, limit, "declared signatures", "Withdraw some first.")


def too_much_derived(model: ModelName, number: int, limit: int) -> LimitExceededError:
    """A version would have more derived artifacts than a question can read."""
    hint = "Push one of them as a version of its own, and convert that."
    return _version_is_full(model, number, limit, "conversions", hint)


def not_derived(model: ModelName, number: int, digest: Digest) -> ArtifactNotFoundError:
    """A version has no such derived artifact."""
    return ArtifactNotFoundError(
        f"{model}:{number} was not converted to the artifact {digest}.",
        hint="`tfreg show` lists what it was converted to.",
        model=model,
        version=str(number),
        digest=digest,
    )


def job_not_found(job_id: str) -> JobNotFoundError:
    """No such job."""
    return JobNotFoundError(
        f"There is no job {job_id[:64]!r}.", hint="It may have ended more than a week ago.", job_id=job_id[:64]
    )


def interrupted() -> JobFailure:
    """What became of a job whose owner went away."""
    from tfreg.core.conversions.results import JobFailure  # most catalogs are never asked for a job

    return JobFailure(
        ConversionInterruptedError.kind.value,
        ConversionInterruptedError.reason,
        "The server that worked on the conversion went away.",
        "Ask again: nothing of it was kept.",
    )


def _version_is_full(model: ModelName, number: int, limit: int, what: str, hint: str) -> LimitExceededError:
    return LimitExceededError(
        f"{model}:{number} has {limit} {what}, which is the most that a version can have.",
        hint=hint,
        model=model,
        version=str(number),
        limit=str(limit),
    )
