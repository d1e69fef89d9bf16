"""The nodes of a graph or of one function, as they are to be: some taken over, some changed, some new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tfreg.core.codecs.varint import encode
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.graphs.graph import Node, Nodes
from tfreg.core.graphs.spans import SMALL_BYTES, SpanNodes, node_of
from tfreg.core.rewrites.graphs.framing import framed, head
from tfreg.core.rewrites.graphs.opening import GraphFile
from tfreg.core.rewrites.graphs.put_nodes import PutNode, constant
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.wire.graph_pb2 import NodeDef

_ATTR, _KEY = 5, 1  # field numbers of NodeDef and of its attributes' entries
_MAX_KEY_BYTES = 512


class NodesEdit:
    """Nodes by name. Those that nobody touches keep their order and their bytes; new ones come last.

    Args:
        base: The nodes that are there, and the file that they are in; None if there are none.
    """

    def __init__(self, base: tuple[SpanNodes, GraphFile] | None = None) -> None:
        self._base: SpanNodes | None = None
        self._file: GraphFile | None = None
        if base is not None:
            self._base, self._file = base
        self._removed: set[str] = set()
        self._put: dict[str, PutNode] = {}
        self._dropped_attrs: frozenset[str] = frozenset()

    @property
    def is_touched(self) -> bool:
        """Whether a node was put or removed."""
        return bool(self._put or self._removed)

    def free_name(self, wanted: str) -> str:
        """Returns a name that no node has: the wanted one, or that with a number."""
        name, number = wanted, 0
        while name in self:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def names(self) -> list[str]:
        """Returns the names of all nodes, in order."""
        return list(self)

    def __iter__(self) -> Iterator[str]:
        base = self._base
        if base is None:
            yield from self._put
            return
        yield from (name for name in base if name not in self._removed)
        yield from (name for name in self._put if name not in base)

    def __contains__(self, name: object) -> bool:
        return name in self._put or (self._base is not None and name in self._base and name not in self._removed)

    def __len__(self) -> int:
        if self._base is None:
            return len(self._put)
        return len(self._base) - len(self._removed) + sum(name not in self._base for name in self._put)

    def op_of(self, name: str) -> str:
        """Returns the op of a node.

        Raises:
            KeyError: There is no such node.
        """
        put = self._put.get(name)
        return put.node.op if put is not None else self._there(name).op_of(name)

    def has_attr(self, name: str, attr: str) -> bool:
        """Returns whether a node has an attribute of a name; costs little for nodes that nobody touched.

        Raises:
            KeyError: There is no such node.
        """
        put = self._put.get(name)
        return attr in put.node.attr if put is not None else self._has_attr(name, attr)

    def added(self) -> list[str]:
        """Returns the names of the nodes that are new."""
        return [name for name in self._put if self._base is None or name not in self._base]

    def node(self, name: str) -> NodeDef:
        """Returns a copy of a node; the value of a long constant is left out, and is kept when the node is put again.

        Raises:
            KeyError: There is no such node.
        """
        put = self._put.get(name)
        if put is None:
            return self._there(name).message(name)[0]
        copy = NodeDef()
        copy.CopyFrom(put.node)
        return copy

    def put(self, node: NodeDef) -> None:
        """Adds a node, or puts it in the place of that of its name. An attribute that `node(name)` cut, and that was not changed, stays."""
        there = self._put.get(node.name)
        if there is None and node.name in self:
            there = self._cut_node(node.name)
        self._put[node.name] = PutNode(node) if there is None else there.replaced_by(node)
        self._removed.discard(node.name)

    def put_constant(self, name: str, dtype: int, shape: Sequence[int], pieces: Sequence[Piece], device: str = "") -> None:
        """Adds a Const whose value is pieces, or puts it in the place of the node of that name.

        Args:
            name: Its name.
            dtype: Number of its DataType; of numbers only: strings have another form.
            shape: Its shape.
            pieces: Its elements, row-major and little-endian.
            device: Where it is to be.
        """
        self._put[name] = constant(name, dtype, shape, pieces, device)
        self._removed.discard(name)

    def remove(self, name: str) -> None:
        """Removes a node.

        Raises:
            KeyError: There is no such node.
        """
        if name not in self:
            raise KeyError(name)
        self._put.pop(name, None)
        if self._base is not None and name in self._base:
            self._removed.add(name)

    def keep(self, names: Iterable[str]) -> None:
        """Removes all nodes but these."""
        wanted = frozenset(names)
        self._put = {name: put for name, put in self._put.items() if name in wanted}
        if self._base is not None:
            self._removed |= {name for name in self._base if name not in wanted}

    def drop_attrs(self, *names: str) -> None:
        """Leaves these attributes out of every node when the graph is written."""
        self._dropped_attrs |= frozenset(names)

    def nodes(self) -> Nodes:
        """Returns a view of the nodes, as they are whenever it is looked at."""
        return _View(self)

    def copy_nodes_of(self, other: NodesEdit) -> None:
        """Makes the nodes those of another edit as they are now; changes of either do not touch the other."""
        self._base, self._file, self._dropped_attrs = other._base, other._file, other._dropped_attrs
        self._removed, self._put = set(other._removed), {}
        for name, put in other._put.items():
            node = NodeDef()
            node.CopyFrom(put.node)
            self._put[name] = PutNode(node, put.held)

    def node_pieces(self, number: int) -> Iterator[Piece]:
        """Yields the nodes as fields of this number. Nodes that follow each other in the file are yielded as one run."""
        first_length = start = end = 0
        for name in self:
            place = self._untouched(name)
            if place is not None and end and place[0] - _head_length(place[1]) == end:
                end = place[0] + place[1]
                continue
            yield from self._run(number, first_length, start, end)
            first_length = start = end = 0
            if place is None:
                yield from framed(number, self._pieces(name))
            else:
                start, first_length = place
                end = start + first_length
        yield from self._run(number, first_length, start, end)

    def _there(self, name: str) -> SpanNodes:
        if self._base is None or name in self._removed:
            raise KeyError(name)
        return self._base

    def _untouched(self, name: str) -> tuple[int, int] | None:
        """Returns where a node is in the file if it is written as it is there."""
        if name in self._put:
            return None
        base = self._there(name)
        return None if any(self._has_attr(name, attr) for attr in self._dropped_attrs) else base.place_of(name)

    def _has_attr(self, name: str, attr: str) -> bool:
        base = self._there(name)
        return base.mentions(name, attr.encode()) and attr in base.message(name)[0].attr

    def _run(self, number: int, first_length: int, start: int, end: int) -> Iterator[Piece]:
        if self._file is not None and end:
            yield Inline(head(number, first_length))
            yield from self._file.pieces(start, end - start)

    def _pieces(self, name: str) -> list[Piece]:
        put = self._put.get(name) or self._cut_node(name) or PutNode(self.node(name))
        return put.pieces(self._dropped_attrs)

    def _cut_node(self, name: str) -> PutNode | None:
        """Returns a node of the file with its long attributes; None if it has none."""
        message, is_cut = self._there(name).message(name)
        return PutNode(message, dict(self._long_attrs(name))) if is_cut else None

    def _long_attrs(self, name: str) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        assert self._file is not None
        reader, (start, length) = self._file.reader, self._there(name).place_of(name)
        for found in scan(reader, start, start + length):
            if found.number == _ATTR and found.wire_type == LENGTH_DELIMITED and found.length > SMALL_BYTES:
                parts = scan(reader, found.offset, found.offset + found.length, keep_bytes=_MAX_KEY_BYTES)
                key = next((part.payload or b"" for part in parts if part.number == _KEY), b"")
                yield key.decode(errors="replace"), tuple(framed(_ATTR, self._file.pieces(found.offset, found.length)))

    def _view_of(self, name: str) -> Node:
        put = self._put.get(name)
        return self._there(name)[name] if put is None else node_of(put.node)


class _View(Nodes):
    def __init__(self, edit: NodesEdit) -> None:
        self._edit = edit

    def __getitem__(self, name: str) -> Node:
        return self._edit._view_of(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._edit)

    def __len__(self) -> int:
        return len(self._edit)

    def __contains__(self, name: object) -> bool:
        return name in self._edit

    def op_of(self, name: str) -> str:
        """See `Nodes`."""
        return self._edit.op_of(name)


def _head_length(length: int) -> int:
    return 2 if length < 128 else 1 + len(encode(length))
