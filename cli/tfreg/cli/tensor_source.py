"""Where `tensors` takes values from: a local path, read in this process, or a version in a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tfreg.core.errors import TensorUnreadableError
from tfreg.core.names import is_path
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.lookup import TensorNames, alone
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection, ValueHeader

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings

Stream = tuple[ValueHeader, Iterator[bytes]]


class ValueSource(Protocol):
    """Gives values; raises TensorNotFoundError, SliceInvalidError, TensorUnreadableError."""

    names: TensorNames

    def header(self, selection: Selection) -> ValueHeader:
        """Returns what a value is."""

    def streams(self, selections: Sequence[Selection]) -> Iterator[Stream]:
        """Yields values; the bytes of each must be taken before the next."""


@dataclass(frozen=True, slots=True)
class TensorSource:
    """The tensors of an artifact.

    Attributes:
        name: The path as given, or `team/name:7`.
        values: Gives their values; made when it is called.
        tensors: Lists those whose name or path starts with a prefix, with their digests if these are asked for.
    """

    name: str
    values: Callable[[], ValueSource]
    tensors: Callable[[str, bool], Sequence[StoredTensor]]


@contextmanager
def open_tensors(text: str, settings: Settings) -> Iterator[TensorSource]:
    """Yields the tensors of what a path or a reference stands for.

    Raises:
        TfregError: There is no such thing, or it is no model.
    """
    if is_path(text):
        with _open_local(text) as source:
            yield source
        return
    from tfreg.cli.registry import open_registry, path_hint

    with path_hint(text), open_registry(settings) as client:
        version = client.version(text)
        name = f"{version.model}:{version.number}"
        yield TensorSource(
            name,
            lambda: client.tensor_values(name),
            lambda prefix, digests: tuple(client.tensors(name, prefix=prefix, with_digests=digests)),
        )


class LocalValues(Values):
    """As what the client gives of a version."""

    def header(self, selection: Selection) -> ValueHeader:
        """Returns what a value is."""
        return self.choose(selection).header

    def streams(self, selections: Sequence[Selection]) -> Iterator[Stream]:
        """Yields values."""
        return map(self.read, selections)


@contextmanager
def _open_local(path: str) -> Iterator[TensorSource]:
    from tfreg.cli.subjects import read_local

    tree, kind = read_local(path)
    tensors = kind.inspect(tree).tensors
    with LocalValues(tree, tensors, lambda: kind.graph(tree, 0)) as values:

        def listed(prefix: str, with_digests: bool) -> Sequence[StoredTensor]:
            found = [tensor for tensor in tensors if tensor.name.startswith(prefix) or tensor.path.startswith(prefix)]
            return [_with_digest(values, tensor) for tensor in found] if with_digests else found

        yield TensorSource(path, lambda: values, listed)


def _with_digest(values: Values, tensor: StoredTensor) -> StoredTensor:
    try:
        return replace(tensor, digest=values.digest(alone(tensor)))
    except TensorUnreadableError:
        return tensor
