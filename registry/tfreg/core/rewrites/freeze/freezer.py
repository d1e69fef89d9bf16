"""Makes a graph frozen: variables become constants, what takes them is rewritten, what nobody needs goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tfreg.core.dtypes import dtype_name
from tfreg.core.errors import ConversionRefusedError, RequestInvalidError, WeightsMismatchError
from tfreg.core.graphs.graph import Node
from tfreg.core.inspections import Signature
from tfreg.core.ops.table import is_stateful
from tfreg.core.resolving.nearest import listed, shown
from tfreg.core.rewrites.freeze.bindings import AssetFile, Binding, Variable
from tfreg.core.rewrites.freeze.flow import TABLE_OPS, Flow, table_of, unsupported
from tfreg.core.rewrites.freeze.functions import Specialiser
from tfreg.core.rewrites.freeze.scope import Scope, texts_node
from tfreg.core.rewrites.freeze.targets import Initialising, does_something, needed_initialisers
from tfreg.core.rewrites.freeze.variables import REF_VARIABLE_OPS, VARIABLE_OPS, Weights, variable_of
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.inputs import producer_of
from tfreg.core.rewrites.graphs.pruning import ancestors, keep_only
from tfreg.core.rewrites.interface.interface import Interface, graph_source
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.tensors import TensorSpec
from tfreg.wire.graph_pb2 import AttrValue, NodeDef

_INFERRED_SHAPES = "_output_shapes"
"""Shapes as another TensorFlow inferred them, which this one may refuse."""
_ASSETS = "assets/"
_MAX_STEPS = 16
_MAX_TOLD = 10
_HANDLE = "resource"
_READING_OPS = VARIABLE_OPS | {"ReadVariableOp"}


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a frozen graph offers.

    Attributes:
        signatures: Its signatures; an output that was a variable's handle is the variable's value.
        targets: The operations to be run once before the first call.
    """

    signatures: tuple[Signature, ...]
    targets: tuple[str, ...]


@dataclass(slots=True)
class Freezer:
    """Freezes the graph in `edit`.

    Attributes:
        edit: The graph, with the interface's options applied.
        interface: What the result offers.
        weights: Finds values.
        request: What is converted.
    """

    edit: GraphEdit
    interface: Interface
    weights: Weights
    request: RewriteRequest
    _kept: dict[str, Node] = field(default_factory=dict)
    _frozen: dict[str, Node] = field(default_factory=dict)
    _restored: dict[str, Node] = field(default_factory=dict)

    def run(self) -> Frozen:
        """Freezes it.

        Raises:
            RequestInvalidError: The options name a variable that the outputs do not need.
            OpUnsupportedError: A node does more with a variable than to read it.
            ConversionRefusedError: It needs a file, or an initialiser whose outcome is not known.
        """
        nodes, wanted = self.edit.nodes(), self.interface.operations
        needed = set(ancestors(nodes, wanted))
        initialising = needed_initialisers(self.edit, self.interface.targets, needed)
        sources = self._sources(needed, initialising)
        scope = Scope(self.edit, has_frames=any(nodes.op_of(name) in ("Enter", "RefEnter") for name in needed))
        tree = graph_source(self.request).tree
        specialiser = Specialiser(self.edit, tree)
        flow = Flow(nodes, self.edit.as_graph().functions, "", specialiser.outputs)
        flow.run([name for name in self.edit if name in needed], sources)  # in the file's order, in which they are read fastest
        specialiser.apply(scope, flow)
        self._put_assets()
        targets = [*self._restoring(needed), *initialising.targets]
        cuts = initialising.assigned or self._asset_files()  # else all that was needed still is
        kept = ancestors(nodes, (*wanted, *targets)) if cuts else needed | {*self.edit.added(), *ancestors(nodes, targets)}
        keep_only(self.edit, kept)
        self.edit.drop_attrs(_INFERRED_SHAPES)
        frozen = {name: node for name, node in self._frozen.items() if name in self.edit} | self._restored
        frozen = frozen or self._constants()
        self._check_told(frozen)
        self.weights.put_all(self.edit, frozen)
        self._check_functions()
        signatures = tuple(_of_values(signature, flow.bindings) for signature in self.interface.signatures)
        return Frozen(signatures, tuple(name for name in targets if does_something(nodes, name)))

    def _sources(self, needed: set[str], initialising: Initialising) -> Mapping[tuple[str, int], Binding]:
        """Returns what makes handles; variables that initialisers fill become what they are filled with."""
        nodes, assets = self.edit.nodes(), self._asset_files()
        sources: dict[tuple[str, int], Binding] = {}
        for name in sorted(needed):
            op = nodes.op_of(name)
            if name in assets:
                sources[name, assets[name][0]] = assets[name][1]
            elif op in TABLE_OPS:
                sources[name, 0] = table_of(nodes[name])
            elif op in VARIABLE_OPS:
                node = nodes[name]
                assigned = initialising.assigned.get(name)
                if self._keeps(node) and not (assigned and self._asset_behind(assigned[1])):
                    self._kept[name] = node
                elif assigned:
                    sources[name, 0] = self._initialised(node, *assigned)
                else:
                    sources[name, 0] = variable_of(node)
                    self._frozen[name] = node
        return sources

    def _initialised(self, node: Node, assign: str, value: str) -> Binding:
        """Makes a variable that an initialiser fills the value that it is filled with."""
        nodes, variable = self.edit.nodes(), variable_of(node)
        asset = self._asset_behind(value)
        for name in () if asset else ancestors(nodes, [producer_of(value)]):
            if is_stateful(nodes.op_of(name)) and nodes.op_of(name) not in _READING_OPS:
                raise ConversionRefusedError(
                    f"The initialiser {assign!r} fills the variable {node.name!r} with what {name!r} ({nodes.op_of(name)}) gives, which"
                    " may be another thing each time.",
                    hint="Keep the variable: --keep-variables.",
                    node=name,
                )
        identity = NodeDef(name=node.name, op="Identity", device=node.device, input=[value])
        identity.attr["T"].type = variable.dtype  # type: ignore[assignment]
        self.edit.put(identity)
        before = self.edit.node(assign)
        self.edit.put(
            NodeDef(name=assign, op="NoOp", device=before.device, input=[text for text in before.input if text[0] == "^"])
        )
        return asset or variable

    def _asset_behind(self, text: str) -> AssetFile | None:
        nodes, assets = self.edit.nodes(), self._asset_files()
        for _ in range(_MAX_STEPS):
            name = producer_of(text)
            if name in assets:
                return assets[name][1]
            if name not in nodes or nodes.op_of(name) != "Identity":
                return None
            text = nodes[name].inputs[0]
        return None

    def _asset_files(self) -> dict[str, tuple[int, AssetFile]]:
        meta_graph = graph_source(self.request).inspection.meta_graphs[self.interface.meta_graph]
        return {asset.ref.operation: (asset.ref.index, AssetFile(_ASSETS + asset.file_name)) for asset in meta_graph.assets}

    def _put_assets(self) -> None:
        """Makes the nodes into which a loader feeds paths constants; whoever reads these files has got their content."""
        for name, (_, file) in self._asset_files().items():
            if name in self.edit:
                self.edit.put(texts_node(name, (), [file.path.encode()], self.edit.node(name).device))

    def _constants(self) -> dict[str, Node]:
        """Returns the constants of a graph that was frozen before, which another artifact's weights of the same name take the place of.

        Raises:
            WeightsMismatchError: There are none.
        """
        if "graph" not in self.request.others:
            return {}
        nodes = self.edit.nodes()
        names = [name for name in nodes if nodes.op_of(name) == "Const" and self.weights.knows(name)]
        if not names:
            raise WeightsMismatchError(
                "The graph has no variable that the outputs need, and no constant has the name of a weight.",
                hint="Give the graph with its variables, before it was frozen.",
            )
        return {name: _as_variable(nodes[name]) for name in names}

    def _check_told(self, variables: Mapping[str, Node]) -> None:
        """Refuses options about variables that the outputs do not need: whoever named them means something else."""
        options = self.request.options
        known = {
            name for node in (*variables.values(), *self._kept.values()) for name in (node.name, *self.weights.names_of(node))
        }
        told = (*options.keep_variables, *(one.variable for one in options.variable_keys))
        for name in (name.removesuffix(":0") for name in told):
            if name != "*" and name not in known:
                existing = listed(sorted(known)[:_MAX_TOLD])
                raise RequestInvalidError(
                    f"The outputs need no variable {shown(name)}.",
                    hint=f"They need {existing}." if existing else "They need none.",
                    variable=name,
                )

    def _keeps(self, node: Node) -> bool:
        kept = {name.removesuffix(":0") for name in self.request.options.keep_variables}
        return "*" in kept or not kept.isdisjoint((node.name, *self.weights.names_of(node)))

    def _restoring(self, needed: set[str]) -> list[str]:
        """Adds what fills the variables that stay and the tables that the checkpoint keeps. Returns their names."""
        added = [self._restored_variable(node) for node in self._kept.values() if self.weights.has(node)]
        nodes = self.edit.nodes()
        tables = [name for name in sorted(needed & self.weights.tables.keys()) if nodes.op_of(name) in TABLE_OPS]
        return added + [self._restored_table(nodes[table]) for table in tables]

    def _restored_variable(self, node: Node) -> str:
        is_ref = node.op in REF_VARIABLE_OPS
        value, name = self.edit.free_name(f"{node.name}/restored_value"), self.edit.free_name(f"{node.name}/restore")
        self._restored[value] = node
        assign = NodeDef(name=name, op="Assign" if is_ref else "AssignVariableOp", device=node.device, input=[node.name, value])
        assign.attr["T" if is_ref else "dtype"].type = variable_of(node).dtype  # type: ignore[assignment]
        self.edit.put(assign)
        return name

    def _restored_table(self, table: Node) -> str:
        name = self.edit.free_name(f"{table.name}/restore")
        is_ref = not table.op.endswith("V2")
        node = NodeDef(name=name, op="LookupTableImport" if is_ref else "LookupTableImportV2", device=table.device)
        node.input.append(table.name)
        parts = zip(
            ("keys", "values"), ("key_dtype", "value_dtype"), ("Tin", "Tout"), self.weights.tables[table.name], strict=True
        )
        for part, dtype_attr, attr, restored in parts:
            value, dtype = self.edit.free_name(f"{name}/{part}"), table.attr[dtype_attr].type
            self.weights.put_entry(self.edit, restored, dtype, value, table)
            node.input.append(value)
            node.attr[attr].type = dtype
        self.edit.put(node)
        return name

    def _check_functions(self) -> None:
        """Refuses variables that live within functions, whose values nobody would have."""
        for name, function in self.edit.as_graph().functions.items():
            body = function.nodes
            for inner in body:
                if body.op_of(inner) in VARIABLE_OPS:
                    raise unsupported(body[inner], inner, name, "a variable is made within the function")


def _of_values(signature: Signature, bindings: Mapping[tuple[str, int], Binding]) -> Signature:
    """Returns a signature with the dtypes and shapes of values where it had those of handles."""
    return replace(signature, outputs=tuple(_of_value(spec, bindings) for spec in signature.outputs))


def _of_value(spec: TensorSpec, bindings: Mapping[tuple[str, int], Binding]) -> TensorSpec:
    found = bindings.get((spec.ref.operation, spec.ref.index)) if spec.ref else None
    if not isinstance(found, Variable) or spec.dtype != _HANDLE:
        return spec
    return replace(spec, dtype=dtype_name(found.dtype), shape=found.shape, has_shape=True)


def _as_variable(constant: Node) -> Node:
    shape, attr = AttrValue(), constant.attr
    shape.shape.CopyFrom(attr["value"].tensor.tensor_shape)
    return Node(constant.name, "VariableV2", (), constant.device, {"dtype": attr["dtype"], "shape": shape})
