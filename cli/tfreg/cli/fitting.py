"""Whether a model fits a runtime: a local path, compared in this process, or a version, which a registry compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.names import is_path
from tfreg.core.runtimes.diagnosis import fits
from tfreg.core.runtimes.profile import RuntimeProfile

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings


@dataclass(frozen=True, slots=True)
class Fitting:
    """What was found.

    Attributes:
        subject: The path as given, or `team/name:7`.
        artifact_digest: Empty for a local path.
        format: Of the artifact that was looked at.
        profile: The runtime.
        diagnostics: What does not fit, or may not.
    """

    subject: str
    artifact_digest: str
    format: str
    profile: RuntimeProfile
    diagnostics: tuple[Diagnostic, ...]

    @property
    def fits(self) -> bool:
        """True if nothing of severity error was found."""
        return fits(self.diagnostics)


def fitting_of(
    text: str, runtime: tuple[RuntimeProfile, bytes], formats: Sequence[str], tags: Sequence[str], settings: Settings
) -> Fitting:
    """Compares a path or a reference with a runtime, which is given with its list of ops.

    Raises:
        TfregError: There is no such thing, it is in another format, it has several tag sets, or its graph is damaged.
    """
    if is_path(text):
        return _local(text, runtime, formats, tuple(tags))
    from tfreg.cli.registry import open_registry, path_hint

    with path_hint(text), open_registry(settings) as client:
        digest = client.register_runtime(*runtime)
        found = client.diagnose(text, runtime=digest, formats=formats, tags=tags)
    return Fitting(f"{found.model}:{found.version}", found.artifact_digest, found.format, runtime[0], found.diagnostics)


def _local(path: str, runtime: tuple[RuntimeProfile, bytes], formats: Sequence[str], tags: tuple[str, ...]) -> Fitting:
    from tfreg.cli.answers import check_local_format
    from tfreg.cli.subjects import read_local
    from tfreg.core.resolving.tag_sets import choose_meta_graph
    from tfreg.core.runtimes.diagnosis import of_format, of_graph
    from tfreg.core.runtimes.op_list import read_op_list

    profile, op_list = runtime
    tree, kind = read_local(path)
    check_local_format(path, kind.name, formats)
    inspection = kind.inspect(tree)
    graphs = inspection.meta_graphs
    meta_graph = choose_meta_graph(graphs, tags) if graphs and not inspection.subgraphs else 0
    found = (
        *of_format(inspection, profile, path),
        *of_graph(inspection, profile, lambda: read_op_list(op_list), lambda: kind.graph(tree, meta_graph)),
    )
    return Fitting(path, "", kind.name, profile, found)
