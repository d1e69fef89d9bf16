"""How a node is rewritten that takes a variable's handle: the handle is the variable's value from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tfreg.core.files import FileTree
from tfreg.core.graphs.spans import node_of
from tfreg.core.ops.table import lookup
from tfreg.core.rewrites.freeze.bindings import AssetFile, Binding, Variable
from tfreg.core.rewrites.freeze.dtypes import INT32, base
from tfreg.core.rewrites.freeze.flow import PASSING_OPS, unsupported
from tfreg.core.rewrites.freeze.scope import Scope, true_value
from tfreg.core.rewrites.freeze.text_tables import fill_from_text, read_whole
from tfreg.core.rewrites.graphs.inputs import data_inputs
from tfreg.wire.graph_pb2 import NodeDef

ASSIGN_OPS = frozenset({"Assign", "AssignVariableOp"})
_TEXT_TABLE_OPS = frozenset({"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"})


def rewrite_node(scope: Scope, node: NodeDef, taken: Mapping[int, Binding], tree: FileTree) -> None:
    """Rewrites a node in place, one that calls no functions.

    Args:
        scope: Where it is; constants that it needs are added there.
        node: The node.
        taken: What its data inputs stand for, by position.
        tree: The files that assets are in.

    Raises:
        OpUnsupportedError: It does something else with a variable than to read it.
        ConversionRefusedError: It reads an asset in a way that constants cannot stand for.
    """
    variables = {position: one for position, one in taken.items() if isinstance(one, Variable)}
    assets = {position: one for position, one in taken.items() if isinstance(one, AssetFile)}
    if node.op in PASSING_OPS:
        if variables:
            _pass_values(scope, node, variables)
    elif assets:
        _read_asset(scope, node, taken, assets, tree)
    elif variables:
        position, variable = next(iter(variables.items()))
        rule = _RULES.get(node.op)
        if rule is not None and len(variables) == 1 and position == 0:
            rule(scope, node, variable)
        elif not all(one.is_ref and not _wants_reference(node, at) for at, one in variables.items()):
            raise unsupported(node_of(node), node.name, scope.function, "it does more with a variable than to read it")


def _pass_values(scope: Scope, node: NodeDef, variables: Mapping[int, Variable]) -> None:
    given = len(data_inputs(node.input))
    if "Merge" in node.op and len(variables) != given:
        raise unsupported(node_of(node), node.name, scope.function, "a variable and something else meet in it")
    node.op = PASSING_OPS[node.op]
    node.DiscardUnknownFields()
    node.attr.pop("_class", None)
    if node.op == "IdentityN":
        for position, variable in variables.items():
            node.attr["T"].list.type[position] = variable.dtype  # type: ignore[call-overload]
    else:
        node.attr["T"].type = next(iter(variables.values())).dtype  # type: ignore[assignment]


def _read(scope: Scope, node: NodeDef, variable: Variable) -> None:
    _check_dtype(scope, node, "dtype", variable)
    scope.become(node, "Identity", node.input[:1], {"T": variable.dtype}, ("value", "output"))


def _gather(scope: Scope, node: NodeDef, variable: Variable) -> None:
    _check_dtype(scope, node, "dtype", variable)
    batch_dims, indices = node.attr["batch_dims"].i, base(node.attr["Tindices"].type)
    axis = scope.add_constant(node, "axis", INT32, (), batch_dims.to_bytes(4, "little", signed=True))
    types = {"Tparams": variable.dtype, "Tindices": indices, "Taxis": INT32}
    scope.become(node, "GatherV2", [*node.input[:2], axis], types)
    node.attr["batch_dims"].i = batch_dims


def _gather_nd(scope: Scope, node: NodeDef, variable: Variable) -> None:
    _check_dtype(scope, node, "dtype", variable)
    scope.become(node, "GatherNd", node.input[:2], {"Tparams": variable.dtype, "Tindices": base(node.attr["Tindices"].type)})


def _shape(scope: Scope, node: NodeDef, variable: Variable) -> None:
    out_type = node.attr["out_type"].type if "out_type" in node.attr else INT32
    scope.become(node, "Shape", node.input[:1], {"T": variable.dtype, "out_type": out_type})


def _is_initialized(scope: Scope, node: NodeDef, variable: Variable) -> None:  # noqa: ARG001  # a rule's arguments
    true_value(scope, node, "is_initialized")


def _do_nothing(scope: Scope, node: NodeDef, variable: Variable) -> None:  # noqa: ARG001
    scope.become(node, "NoOp", [], {})


_RULES: Mapping[str, Callable[[Scope, NodeDef, Variable], None]] = {
    "ReadVariableOp": _read,
    "ResourceGather": _gather,
    "ResourceGatherNd": _gather_nd,
    "VariableShape": _shape,
    "VarIsInitializedOp": _is_initialized,
    "IsVariableInitialized": _is_initialized,
    "DisableCopyOnRead": _do_nothing,
}


def _read_asset(
    scope: Scope, node: NodeDef, taken: Mapping[int, Binding], assets: Mapping[int, AssetFile], tree: FileTree
) -> None:
    if node.op == "ReadVariableOp":
        scope.become(node, "Identity", node.input[:1], {"T": base(node.attr["dtype"].type)}, ("value", "output"))
    elif node.op in _TEXT_TABLE_OPS and 1 in assets:
        fill_from_text(scope, node, taken.get(0), assets[1], tree)
    elif node.op == "ReadFile" and 0 in assets:
        read_whole(scope, node, assets[0], tree)
    else:
        path = next(iter(assets.values())).path
        raise unsupported(node_of(node), node.name, scope.function, f"it reads the file {path}, which a frozen graph cannot hold")


def _check_dtype(scope: Scope, node: NodeDef, attr: str, variable: Variable) -> None:
    dtype = base(node.attr[attr].type)
    if dtype != variable.dtype:
        raise unsupported(node_of(node), node.name, scope.function, "it reads the variable as another dtype")


def _wants_reference(node: NodeDef, position: int) -> bool:
    """True if an input must be a reference: the op changes the variable."""
    signature = lookup(node.op)
    if signature is None:
        return False
    flags: list[bool] = []
    for arg in signature.inputs:
        count = node.attr[arg.number_attr].i if arg.number_attr else 1
        flags += [arg.is_ref] * (len(node.attr[arg.type_list_attr].list.type) if arg.type_list_attr else count)
    return position < len(flags) and flags[position]
