"""Names of models and aliases, and references to versions.

Grammar: a model has 1 to 4 segments of `[a-z0-9]([a-z0-9._-]*[a-z0-9])?` without `..`, joined by `/`, at most 255 characters. An
alias is `[a-z][a-z0-9._-]*`, at most 128 characters. A reference is a model, followed by nothing (its newest version), `:7`,
`@prod` or `@sha256:<hex>`. tests/vectors/references.json holds the cases that every client agrees on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType

from tfreg.core.digests import Digest, parse_digest
from tfreg.core.errors import AliasInvalidError, DigestInvalidError, ModelNameInvalidError, ReferenceInvalidError

ModelName = NewType("ModelName", str)
Alias = NewType("Alias", str)

_SEGMENT = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
_MODEL = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}")
_ALIAS = re.compile(r"[a-z][a-z0-9._-]{0,127}")
_PATH_START = re.compile(r"\.{1,2}$|/|\./|\.\./|~|[A-Za-z]:[\\/]|.*\\", re.DOTALL)
MAX_MODEL_LENGTH = 255
MAX_VERSION = 2**53 - 1  # exact in every client's number type


@dataclass(frozen=True, slots=True)
class Reference:
    """A version of a model as a user writes it. At most one of version, alias and digest is set; none: the newest version."""

    model: ModelName
    version: int | None = None
    alias: Alias | None = None
    digest: Digest | None = None

    def __str__(self) -> str:
        if self.version is not None:
            return f"{self.model}:{self.version}"
        pointer = self.alias or self.digest
        return f"{self.model}@{pointer}" if pointer else self.model


def parse_model_name(text: str) -> ModelName:
    """Checks that `text` is a model's name.

    Raises:
        ModelNameInvalidError: It is not.
    """
    if len(text) <= MAX_MODEL_LENGTH and ".." not in text and _MODEL.fullmatch(text):
        return ModelName(text)
    raise ModelNameInvalidError(
        f"{text[:MAX_MODEL_LENGTH]!r} is not a model name.",
        hint="Use 1 to 4 segments of a-z, 0-9, '.', '_' and '-' that begin and end with a letter or digit, such as team/bert.",
        model=text[:MAX_MODEL_LENGTH],
    )


def parse_alias(text: str) -> Alias:
    """Checks that `text` is an alias.

    Raises:
        AliasInvalidError: It is not.
    """
    if _ALIAS.fullmatch(text):
        return Alias(text)
    raise AliasInvalidError(
        f"{text[:128]!r} is not an alias.",
        hint="An alias begins with a-z and goes on with a-z, 0-9, '.', '_' and '-', such as prod.",
        alias=text[:128],
    )


def parse_reference(text: str) -> Reference:
    """Reads `team/name`, `team/name:7`, `team/name@prod` or `team/name@sha256:<hex>`.

    Raises:
        ReferenceInvalidError: `text` is none of these.
    """
    model, at, pointer = text.partition("@")
    try:
        if at and pointer.startswith("sha256:"):
            return Reference(parse_model_name(model), digest=parse_digest(pointer))
        if at:
            return Reference(parse_model_name(model), alias=parse_alias(pointer))
        model, colon, number = text.partition(":")
        return Reference(parse_model_name(model), version=_version(number) if colon else None)
    except (ModelNameInvalidError, AliasInvalidError, DigestInvalidError, ValueError) as error:
        raise ReferenceInvalidError(
            f"{text[:400]!r} is not a reference: {error}",
            hint="Write team/name, team/name:7, team/name@prod or team/name@sha256:<hex>; a path starts with / or ./",
            reference=text[:400],
        ) from None


def is_path(text: str) -> bool:
    """True if `text` is to be read as a local path, whatever lies on the disk; else it is a reference."""
    return bool(_PATH_START.match(text))


def _version(text: str) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,15}", text) and int(text) <= MAX_VERSION:
        return int(text)
    raise ValueError(f"{text[:20]!r} is not a version number; versions are 1, 2, 3, ...")
