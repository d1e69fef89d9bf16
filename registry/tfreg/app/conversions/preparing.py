"""What is settled before any work: what is converted, which way, and by which key the result is found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from tfreg.app.choice import Chosen, choose
from tfreg.app.conversions.further_inputs import FurtherInput, FurtherInputs, open_source, signature_digests
from tfreg.app.inspecting import Inspections
from tfreg.app.overlaying import read_signatures
from tfreg.app.stores import Stores
from tfreg.core.conversions import options as written
from tfreg.core.conversions.records import SIGNATURES
from tfreg.core.conversions.requests import ConversionRequest
from tfreg.core.conversions.results import Provenance
from tfreg.core.records import ArtifactRecord, DeclaredSignature, VersionRecord

if TYPE_CHECKING:
    from tfreg.core.conversions.planning import Plan
    from tfreg.core.rewrites.rewriting import Source

CONVERTER_VERSION = 1
"""Grows whenever the same conversion gives something else, so that no old result is taken for a new one."""
_TENSORFLOW = ("tensorflow", "keras", "tf_keras")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A conversion of which all is known but its result.

    Attributes:
        version: The version that gets the result.
        artifact: What is converted.
        declared: Signatures laid over it.
        way: How.
        inputs: What else goes in.
        provenance: What the result will be told to come from.
        key: What it is memoised by.
    """

    version: VersionRecord
    artifact: ArtifactRecord
    declared: tuple[DeclaredSignature, ...]
    way: Plan
    inputs: tuple[FurtherInput, ...]
    provenance: Provenance
    key: str

    def open(self, stores: Stores, inspections: Inspections) -> tuple[Source, dict[str, Source]]:
        """Returns what is converted and what else goes in, as rewrites read them."""
        source = open_source(stores, inspections, self.artifact, self.declared)
        return source, {one.role: one.open() for one in self.inputs}


class Preparing:
    """Settles conversions."""

    def __init__(self, stores: Stores, inspections: Inspections, further: FurtherInputs) -> None:
        self._stores = stores
        self._inspections = inspections
        self._further = further

    def way(self, request: ConversionRequest) -> tuple[Chosen, Plan]:
        """Returns what is converted and how, without looking at what else goes in.

        Raises:
            NotFoundError: The reference is of nothing that is there.
            FormatUnknownError, NoRouteError, OptionUnsupportedError, RequestInvalidError: As `planning.plan`.
        """
        from tfreg.core.conversions.converting import form_of
        from tfreg.core.conversions.planning import plan

        chosen = choose(self._stores.catalog, request.reference)
        form = form_of(self._inspections.of(chosen.artifact))
        return chosen, plan(form, request.target, request.options, [one.role for one in request.inputs])

    def prepare(self, request: ConversionRequest) -> Prepared:
        """Settles a conversion.

        Raises:
            As `way` and `FurtherInputs.find`.
        """
        chosen, way = self.way(request)
        version, declared = read_signatures(self._stores.catalog, chosen)
        declared = _that_matter(declared, request)
        inputs = self._further.find(version, request.inputs)
        digests: dict[str, str] = {**signature_digests(SIGNATURES, declared)}
        for one in inputs:
            digests.update(one.digests)
        provenance = Provenance(
            source_digest=chosen.artifact.digest,
            source_format=chosen.artifact.format,
            target=way.target.name,
            steps=tuple(step.route.name for step in way.steps),
            options=written.encode(request.options),
            inputs=dict(sorted(digests.items())),
            tools=_tools(tensorflow=way.needs_tensorflow),
        )
        return Prepared(version, chosen.artifact, tuple(declared), way, inputs, provenance, _key(provenance))


def _that_matter(declared: Sequence[DeclaredSignature], request: ConversionRequest) -> Sequence[DeclaredSignature]:
    """Returns the declared signatures that a conversion can meet: where one is named, those of that key."""
    wanted = request.options.signature
    return [one for one in declared if wanted in ("", one.signature.key)]


def _key(provenance: Provenance) -> str:
    pinned = [
        CONVERTER_VERSION,
        provenance.source_digest,
        provenance.target,
        provenance.steps,
        provenance.options,
        provenance.inputs,
        provenance.tools,
    ]
    return hashlib.sha256(json.dumps(pinned, sort_keys=True).encode()).hexdigest()


def _tools(*, tensorflow: bool) -> Mapping[str, str]:
    names = ("tfreg", *_TENSORFLOW) if tensorflow else ("tfreg",)
    return {name: found for name in names if (found := _installed(name))}


@cache
def _installed(name: str) -> str:
    """Version of an installed package; empty if it is not there."""
    from importlib.metadata import PackageNotFoundError, version  # slow to import: an embedded server may never need it

    try:
        return version(name)
    except PackageNotFoundError:
        return ""
