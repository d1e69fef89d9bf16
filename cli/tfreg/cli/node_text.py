"""Nodes of a graph as text and as JSON, written as they come: a graph can have hundreds of thousands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice

from tfreg.cli.documents import Document, tensor_document
from tfreg.cli.tables import table
from tfreg.cli.writing import write, write_lines
from tfreg.core.graphs.listing import ListedNode
from tfreg.core.written_types import written_type

_AT_ONCE = 500
_HEADER = ("node", "op", "outputs", "inputs")
_MAX_SHOWN = 4


def write_nodes(nodes: Iterable[ListedNode]) -> int:
    """Writes a table to stdout, aligned within each few hundred nodes. Returns how many there were."""
    count, function = 0, ""
    for batch in _batches(nodes):
        for name, part in _by_function(batch):
            if name != function:
                write_lines([f"function {name}"])
                function = name
            write_lines(table([_row(node) for node in part], header=() if count else _HEADER, indent="  " if name else ""))
            count += len(part)
    return count


def write_nodes_json(subject: str, nodes: Iterable[ListedNode]) -> None:
    """Writes one JSON document to stdout."""
    write(f'{{\n  "subject": {json.dumps(subject)},\n  "nodes": [')
    separator = "\n    "
    for batch in _batches(nodes):
        write(separator + ",\n    ".join(json.dumps(node_document(node)) for node in batch))
        separator = ",\n    "
    write("\n  ]\n}\n")


def node_document(node: ListedNode) -> Document:
    """A node."""
    return {
        "name": node.name,
        "op": node.op,
        "inputs": list(node.inputs),
        "device": node.device,
        "function": node.function or None,
        "outputs": [tensor_document(tensor) for tensor in node.outputs],
        "attributes": dict(node.attributes),
    }


def _batches(nodes: Iterable[ListedNode]) -> Iterator[list[ListedNode]]:
    left = iter(nodes)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch


def _row(node: ListedNode) -> tuple[str, ...]:
    outputs = [written_type(tensor) for tensor in node.outputs[:_MAX_SHOWN]]
    return (node.name, node.op, _some(outputs, len(node.outputs)), _some(list(node.inputs[:_MAX_SHOWN]), len(node.inputs)))


def _some(texts: list[str], count: int) -> str:
    return "; ".join([*texts, f"and {count - len(texts)} more"] if count > len(texts) else texts) or "-"


def _by_function(nodes: Iterable[ListedNode]) -> Iterator[tuple[str, list[ListedNode]]]:
    part: list[ListedNode] = []
    for node in nodes:
        if part and part[-1].function != node.function:
            yield part[0].function, part
            part = []
        part.append(node)
    if part:
        yield part[0].function, part
