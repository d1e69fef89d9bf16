"""A saver of just the variables that a graph keeps: the nodes that restore and save them, as tf.compat.v1.train.Saver makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tfreg.core.dtypes import dtype_number
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.saved_models.initialisers import free_name
from tfreg.core.rewrites.saved_models.variables import KeptVariable
from tfreg.wire.graph_pb2 import NodeDef
from tfreg.wire.meta_graph_pb2 import SaverDef
from tfreg.wire.tensor_pb2 import DT_STRING

_KEEP, _KEEP_HOURS = 5, 10000.0  # defaults of a Saver


@dataclass(frozen=True, slots=True)
class NewSaver:
    """A saver that was added to a graph.

    Attributes:
        definition: What the MetaGraphDef says of it.
        initialisers: The operation that gives each variable its value, by variable.
        readers: The tensor that reads each variable, by variable.
    """

    definition: SaverDef
    initialisers: dict[str, str]
    readers: dict[str, str]


def add_saver(edit: GraphEdit, variables: Sequence[KeptVariable]) -> NewSaver:
    """Adds the nodes of a saver, in a scope of their own."""
    return _Saver(edit, free_name(edit, "save")).add(variables)


@dataclass(frozen=True, slots=True)
class _Saver:
    edit: GraphEdit
    scope: str

    def add(self, variables: Sequence[KeptVariable]) -> NewSaver:
        scope = self.scope
        self._text(f"{scope}/filename/input", [b"model"], is_scalar=True)
        self._path(f"{scope}/filename", f"{scope}/filename/input")
        self._path(f"{scope}/Const", f"{scope}/filename")
        readers = {variable.name: self._read(number, variable) for number, variable in enumerate(variables)}
        self._save(variables, readers)
        restore = self._node("RestoreV2", "RestoreV2", [f"{scope}/Const", *self._entries("RestoreV2", variables)])
        _types(restore, "dtypes", variables)
        self.edit.put(restore)
        assigns = {variable.name: self._assign(number, variable) for number, variable in enumerate(variables)}
        self.edit.put(self._node("restore_all", "NoOp", [f"^{name}" for name in assigns.values()]))
        definition = SaverDef(
            filename_tensor_name=f"{scope}/Const:0",
            save_tensor_name=f"{scope}/control_dependency:0",
            restore_op_name=f"{scope}/restore_all",
            max_to_keep=_KEEP,
            keep_checkpoint_every_n_hours=_KEEP_HOURS,
            version=SaverDef.V2,
        )
        return NewSaver(definition, assigns, readers)

    def _save(self, variables: Sequence[KeptVariable], readers: dict[str, str]) -> None:
        values = [readers[variable.name] for variable in variables]
        save = self._node("SaveV2", "SaveV2", [f"{self.scope}/Const", *self._entries("SaveV2", variables), *values])
        _types(save, "dtypes", variables)
        self.edit.put(save)
        saved = self._node("control_dependency", "Identity", [f"{self.scope}/Const", f"^{self.scope}/SaveV2"])
        saved.attr["T"].type = DT_STRING
        self.edit.put(saved)

    def _entries(self, op: str, variables: Sequence[KeptVariable]) -> list[str]:
        names, slices = f"{self.scope}/{op}/tensor_names", f"{self.scope}/{op}/shape_and_slices"
        self._text(names, [variable.key.encode() for variable in variables])
        self._text(slices, [variable.slice_spec.encode() for variable in variables])
        return [names, slices]

    def _read(self, number: int, variable: KeptVariable) -> str:
        """Adds what reads a variable: a snapshot that also programs which list the model's variables look for."""
        op, key = ("ReadVariableOp", "dtype") if variable.is_resource else ("Identity", "T")
        node = self._node(f"Read_{number}", op, [variable.name])
        node.attr[key].type = dtype_number(variable.dtype) or 0  # type: ignore[assignment]  # a number of the enum
        self.edit.put(node)
        return node.name

    def _assign(self, number: int, variable: KeptVariable) -> str:
        dtype, value = dtype_number(variable.dtype) or 0, f"{self.scope}/RestoreV2:{number}"
        if variable.is_resource:
            node = self._node(f"AssignVariableOp_{number}", "AssignVariableOp", [variable.name, value])
            node.attr["dtype"].type = dtype  # type: ignore[assignment]
            node.attr["validate_shape"].b = False
        else:
            node = self._node(f"Assign_{number}", "Assign", [variable.name, value])
            node.attr["T"].type = dtype  # type: ignore[assignment]
            node.attr["use_locking"].b = True
            node.attr["validate_shape"].b = True
        self.edit.put(node)
        return node.name

    def _path(self, name: str, default: str) -> None:
        node = NodeDef(name=name, op="PlaceholderWithDefault", input=[default])
        node.attr["dtype"].type = DT_STRING
        node.attr["shape"].shape.SetInParent()
        self.edit.put(node)

    def _text(self, name: str, texts: Sequence[bytes], *, is_scalar: bool = False) -> None:
        node = NodeDef(name=name, op="Const")
        node.attr["dtype"].type = DT_STRING
        tensor = node.attr["value"].tensor
        tensor.dtype = DT_STRING
        tensor.tensor_shape.SetInParent()
        if not is_scalar:
            tensor.tensor_shape.dim.add(size=len(texts))
        tensor.string_val.extend(texts)
        self.edit.put(node)

    def _node(self, name: str, op: str, inputs: Iterable[str]) -> NodeDef:
        return NodeDef(name=f"{self.scope}/{name}", op=op, input=inputs)


def _types(node: NodeDef, attr: str, variables: Iterable[KeptVariable]) -> None:
    node.attr[attr].list.type.extend(dtype_number(variable.dtype) or 0 for variable in variables)  # type: ignore[misc]
