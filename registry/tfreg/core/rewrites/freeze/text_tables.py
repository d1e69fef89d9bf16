"""Tables that are filled from a vocabulary file: the file's lines become constants.

What a line gives is as TensorFlow's TextFileLineIterator reads it (tensorflow/core/kernels/lookup_util.cc): carriage returns are left
out, an empty line is an error, `offset` is added to line numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tfreg.core.dtypes import dtype_name
from tfreg.core.errors import ConversionRefusedError, PathNotFoundError
from tfreg.core.files import FileTree
from tfreg.core.rewrites.freeze.bindings import AssetFile, Binding, Table
from tfreg.core.rewrites.freeze.dtypes import FLOAT32, FLOAT64, INT32, INT64, STRING
from tfreg.core.rewrites.freeze.scope import Scope, texts_node
from tfreg.wire.graph_pb2 import NodeDef

MAX_FILE_BYTES = 256 << 20
"""Files that are taken into a graph."""
_WHOLE_LINE, _LINE_NUMBER = -2, -1
_HINT = "Convert to saved_model, which keeps its files."
_NUMBERS: Mapping[int, tuple[str, Callable[[bytes], int | float]]] = {
    INT32: ("i", int),
    INT64: ("q", int),
    FLOAT32: ("f", float),
    FLOAT64: ("d", float),
}


@dataclass(frozen=True, slots=True)
class _Lines:
    """What the op reads of each line."""

    path: str
    key_index: int
    value_index: int
    vocab_size: int
    delimiter: bytes
    offset: int

    def columns(self, content: bytes) -> tuple[list[bytes], list[bytes]]:
        """Returns the keys and the values, as texts."""
        lines = content.replace(b"\r", b"").split(b"\n")
        if not lines[-1]:
            lines.pop()
        if self.vocab_size >= 0:
            if len(lines) < self.vocab_size:
                raise self.refused(f"has {len(lines)} lines where the graph expects {self.vocab_size}")
            lines = lines[: self.vocab_size]
        if b"" in lines:
            raise self.refused(f"has an empty line {lines.index(b'') + 1}")
        return [
            [self._cell(number, line, index) for number, line in enumerate(lines)] for index in (self.key_index, self.value_index)
        ]  # type: ignore[return-value]

    def numbers(self, cells: Sequence[bytes], dtype: int) -> bytes:
        """Returns cells as the elements of a constant."""
        if dtype not in _NUMBERS:
            raise self.refused(f"fills a table of the type {dtype_name(dtype)}, which no text gives")
        form, number = _NUMBERS[dtype]
        try:
            return struct.pack(f"<{len(cells)}{form}", *map(number, cells))
        except (ValueError, struct.error):
            raise self.refused("has a cell that is no number of the table's type") from None

    def _cell(self, number: int, line: bytes, index: int) -> bytes:
        if index == _WHOLE_LINE:
            return line
        if index == _LINE_NUMBER:
            return str(number + self.offset).encode()
        cells = line.split(self.delimiter)
        if index >= len(cells):
            raise self.refused(f"has no column {index} in line {number + 1}")
        return cells[index]

    def refused(self, why: str) -> ConversionRefusedError:
        return ConversionRefusedError(f"The vocabulary {self.path} {why}.", hint=_HINT, file=self.path)


def fill_from_text(scope: Scope, node: NodeDef, table: Binding | None, asset: AssetFile, tree: FileTree) -> None:
    """Makes the node that fills a table from a file one that fills it from constants.

    Raises:
        ConversionRefusedError: The file is missing, or does not have what the node reads.
    """
    attr = node.attr
    lines = _Lines(
        asset.path,
        attr["key_index"].i,
        attr["value_index"].i,
        attr["vocab_size"].i if "vocab_size" in attr else -1,
        attr["delimiter"].s if "delimiter" in attr else b"\t",
        attr["offset"].i,
    )
    if not isinstance(table, Table):
        raise lines.refused(f"is read by {node.name!r} into a table whose types cannot be told")
    keys, values = lines.columns(_content(tree, asset))
    inputs = [
        scope.add_texts(node, part, (len(cells),), cells)
        if dtype == STRING
        else scope.add_constant(node, part, dtype, (len(cells),), lines.numbers(cells, dtype))
        for part, dtype, cells in (("keys", table.key_dtype, keys), ("values", table.value_dtype, values))
    ]
    op = node.op.replace("FromTextFile", "")
    scope.become(node, op, [node.input[0], *inputs], {"Tkey": table.key_dtype, "Tval": table.value_dtype})


def read_whole(scope: Scope, node: NodeDef, asset: AssetFile, tree: FileTree) -> None:
    """Makes the node that reads a file a constant with its content.

    Raises:
        ConversionRefusedError: The file is missing or too long.
    """
    constant = texts_node(node.name, (), [_content(tree, asset)], node.device)
    scope.become(node, "Const", [], {}, ("contents", "output"))
    for name in constant.attr:
        node.attr[name].CopyFrom(constant.attr[name])


def _content(tree: FileTree, asset: AssetFile) -> bytes:
    try:
        with tree.open(asset.path) as reader:
            if reader.size_bytes > MAX_FILE_BYTES:
                raise ConversionRefusedError(
                    f"{asset.path} has {reader.size_bytes} bytes, too many for a constant.", hint=_HINT, file=asset.path
                )
            return reader.read_at(0, reader.size_bytes)
    except PathNotFoundError:
        raise ConversionRefusedError(
            f"{asset.path} is missing, which the graph reads when it is initialised.",
            hint="Take the whole folder that was exported.",
            file=asset.path,
        ) from None
