"""Nodes of a graph: ListNodes of tfreg/v1/artifacts.proto."""

from __future__ import annotations

from tfreg.core.graphs.listing import ListedNode, NodeFilter
from tfreg.translate.tensors import spec_from_proto, spec_to_proto
from tfreg.v1 import artifacts_pb2 as pb


def filter_from_proto(message: pb.ListNodesRequest) -> NodeFilter:
    """Returns which nodes a request asks for."""
    return NodeFilter(frozenset(message.ops), message.prefix, message.with_functions)


def node_to_proto(node: ListedNode) -> pb.Node:
    """Returns the message for a node."""
    return pb.Node(
        name=node.name,
        op=node.op,
        inputs=node.inputs,
        device=node.device,
        function=node.function,
        outputs=map(spec_to_proto, node.outputs),
        attributes=node.attributes,
    )


def node_from_proto(message: pb.Node) -> ListedNode:
    """Returns the node that a message tells."""
    return ListedNode(
        name=message.name,
        op=message.op,
        inputs=tuple(message.inputs),
        device=message.device,
        function=message.function,
        outputs=tuple(map(spec_from_proto, message.outputs)),
        attributes=dict(sorted(message.attributes.items())),
    )
