"""Runtimes of callers: what they can load, told once, and named by a digest from then on."""

from __future__ import annotations

from tfreg.app.stores import Stores
from tfreg.core.digests import Digest, digest_of, parse_digest
from tfreg.core.errors import (
    DigestInvalidError,
    FormatUnknownError,
    LimitExceededError,
    RuntimeInvalidError,
    RuntimeNotFoundError,
)
from tfreg.core.runtimes.profile import RuntimeProfile

_KEPT_MS = 90 * 24 * 3600 * 1000
_MAX_CHARACTERS = 200
_MAX_FORMATS = 100


def register(stores: Stores, profile: RuntimeProfile, op_list: bytes) -> Digest | None:
    """Keeps a runtime.

    Args:
        stores: Where.
        profile: The runtime.
        op_list: Its list of ops; empty if it may be here already.

    Returns:
        What names it; None if its list of ops is needed.

    Raises:
        RuntimeInvalidError: The list cannot be read or has another digest, or the profile is not what it should be.
        LimitExceededError: The list is too large.
    """
    _check(profile)
    if op_list:
        _check_list(profile, op_list, stores.limits.max_op_list_bytes)
    elif profile.op_list_digest is not None:
        kept = stores.catalog.op_list(profile.op_list_digest)
        if kept is None:
            return None
        op_list = kept
    stores.catalog.keep_runtime(profile, op_list, stores.clock())
    return profile.digest


def find_runtime(stores: Stores, name: str) -> RuntimeProfile:
    """Returns the runtime of a digest.

    Raises:
        RuntimeNotFoundError: There is none.
    """
    try:
        found = stores.catalog.runtime(parse_digest(name), stores.clock())
    except DigestInvalidError:
        found = None
    if found is None:
        raise runtime_not_found(name)
    return found


def runtime_not_found(name: str) -> RuntimeNotFoundError:
    """Returns the error for a runtime that is not here, or no longer."""
    return RuntimeNotFoundError(
        f"No runtime {name[:100]!r} is registered here." if name else "No runtime was named.",
        hint="Register it and ask again: by RegisterRuntime or the clients' register_runtime. Those unused for 90 days are forgotten.",
        runtime=name[:100],
    )


def forget_unused(stores: Stores) -> int:
    """Removes the runtimes that nobody asked with for 90 days. Returns how many."""
    return stores.catalog.forget_runtimes(stores.clock() - _KEPT_MS)


def _check(profile: RuntimeProfile) -> None:
    for what, text in (("name", profile.name), ("version", profile.tensorflow_version)):
        if len(text) > _MAX_CHARACTERS or not text.isprintable():
            raise _invalid(f"The runtime's {what} is not one line of at most {_MAX_CHARACTERS} characters.")
    if not profile.name.strip():
        raise _invalid("The runtime has no name.")
    if not 0 < len(set(profile.formats)) == len(profile.formats) <= _MAX_FORMATS:
        raise _invalid("The runtime's formats are none, too many, or one of them twice.")
    from tfreg.core.formats.registry import format_named  # slow to import: an embedded server may never need it

    for name in profile.formats:
        try:
            format_named(name)
        except FormatUnknownError as error:
            raise RuntimeInvalidError(error.message, hint=error.hint, format=name[:100]) from None


def _check_list(profile: RuntimeProfile, op_list: bytes, max_bytes: int) -> None:
    if len(op_list) > max_bytes:
        raise LimitExceededError(
            f"The list of ops has {len(op_list)} bytes; at most {max_bytes} are taken.",
            hint="TensorFlow's own has 400 KB; leave the descriptions of the ops out.",
            limit="max_op_list_bytes",
            limit_bytes=str(max_bytes),
            size_bytes=str(len(op_list)),
        )
    digest = digest_of(op_list)
    if digest != profile.op_list_digest:
        told = profile.op_list_digest or "none"
        raise _invalid(f"The list of ops has the digest {digest}, and the profile tells {told}.")
    from tfreg.core.runtimes.op_list import read_op_list

    read_op_list(op_list)


def _invalid(message: str) -> RuntimeInvalidError:
    hint = "A profile has a name, such as tensorflow-java, the formats that it loads, and the digest of its list of ops."
    return RuntimeInvalidError(message, hint=hint)
