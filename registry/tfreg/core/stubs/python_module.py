"""`tfreg stub python`: a module for numpy with a class for each signature."""

from __future__ import annotations

import builtins
import keyword
from dataclasses import dataclass
from importlib.resources import files

from tfreg.core.bindings import FeedUse
from tfreg.core.locks.lock import LockedModel, LockedSignature
from tfreg.core.stubs.flat import FlatTensor, flat_inputs, flat_outputs
from tfreg.core.stubs.naming import Names, class_name, parameter_name
from tfreg.core.stubs.python_source import call, commented, docstring, literal, shape_literal
from tfreg.core.written_types import written_type

_NUMPY = {name: f"np.{name}" for name in ("float16", "float32", "float64", "complex64", "complex128")}
_NUMPY |= {f"{kind}{bits}": f"np.{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
_NUMPY |= {"bool": "np.bool_"}
_ML_DTYPES = (
    "bfloat16",
    "float8_e4m3b11fnuz",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "int4",
    "uint4",
)
"""Dtypes that numpy has where `ml_dtypes` is, which TensorFlow brings along."""
_OF_MODULE = (
    "Any",
    "Callable",
    "ClassVar",
    "InterfaceChangedError",
    "PathLike",
    "Scalar",
    "Self",
    "Sequence",
    "Texts",
    "TypeVar",
)
_OF_METHODS = ("self", "cls", "np", "npt", "dataclass", "import_module", *_OF_MODULE)
_IMPORTS = """from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from typing import Any, ClassVar, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
"""


@dataclass(frozen=True, slots=True)
class _Class:
    """A signature, the class for it, and the names of its parameters and results."""

    name: str
    signature: LockedSignature
    inputs: list[tuple[str, FlatTensor]]
    outputs: list[tuple[str, FlatTensor]]


def python_module(model: LockedModel, command: str) -> str:
    """Returns a typed module: it needs numpy, and TensorFlow where an adapter of it is called; as `ruff format` leaves it.

    Args:
        model: The entry of the model, whose signatures differ by key.
        command: The command that writes it, for the module's head.
    """
    names = Names((*dir(builtins), *_OF_MODULE, "dataclass"))
    classes = [_class(signature, names) for signature in model.signatures]
    runtime = files(__package__).joinpath("python_runtime.txt").read_text(encoding="utf-8")
    parts = [
        "\n".join([*_head(model, command), "", _IMPORTS, *_dtypes(), runtime.rstrip()]),
        *(part for found in classes for part in (_result_class(found), _signature_class(found))),
    ]
    return "\n\n\n".join(parts) + "\n"


def _class(signature: LockedSignature, names: Names) -> _Class:
    inputs = Names((*keyword.kwlist, *_OF_METHODS))
    outputs = Names((*keyword.kwlist, *_OF_METHODS))
    return _Class(
        names.give(class_name(signature.key), "Result"),
        signature,
        [(inputs.give(parameter_name(tensor.name)), tensor) for tensor in flat_inputs(signature)],
        [(outputs.give(parameter_name(tensor.name)), tensor) for tensor in flat_outputs(signature)],
    )


def _head(model: LockedModel, command: str) -> list[str]:
    version = f", version {model.version}" if model.version else ""
    facts = [f"Artifact: {model.artifact_digest}"] if model.artifact_digest else []
    return docstring(
        0,
        f"Typed calls of {commented(model.reference)}{version}: one class a signature.",
        [f"Written by `{commented(command)}`; do not edit it."],
        [*facts, f"Format: {model.format}"],
    )


def _dtypes() -> list[str]:
    return ["_DTYPES = {", *(f'    "{name}",' for name in sorted((*_NUMPY, *_ML_DTYPES))), "}"]


def _result_class(found: _Class) -> str:
    about = [f"    {name}: {_described(tensor, name)}" for name, tensor in found.outputs]
    return "\n".join(
        [
            "@dataclass(frozen=True, slots=True, eq=False)",
            f"class {found.name}Result:",
            *docstring(4, f"What `{commented(found.signature.key)}` gives.", ["Attributes:", *about]),
            "",
            *(f"    {name}: {_result_type(tensor)}" for name, tensor in found.outputs),
        ]
    )


def _signature_class(found: _Class) -> str:
    method = found.signature.method_name
    summary = f"Signature `{commented(found.signature.key)}`{f' ({commented(method)})' if method else ''}."
    return "\n".join(
        [
            f"class {found.name}:",
            *docstring(4, summary, ["Made by one of the `of_` methods; calling it runs the signature once."]),
            "",
            *_contract(found),
            "",
            "    def __init__(self, run: _Run) -> None:",
            "        self._run = run",
            "",
            *_ADAPTERS,
            "",
            *_call(found),
        ]
    )


_ADAPTERS = '''\
    @classmethod
    def of_saved_model(cls, model: Any, tags: Sequence[str] | None = None) -> Self:
        """Takes a SavedModel's folder, or what `tf.saved_model.load` returned.

        Raises:
            InterfaceChangedError: Its signature is another one.
        """
        loaded = _loaded(model, tags)
        run = _by_function(cls.CONTRACT, _function(cls.CONTRACT, loaded))

        def keeping(values: Sequence[Any], _model: Any = loaded) -> Sequence[Any]:
            return run(values)  # the variables live as long as the model does

        return cls(keeping)

    @classmethod
    def of_signature(cls, function: Any) -> Self:
        """Takes a function of `loaded.signatures`; the loaded model must be kept.

        Raises:
            InterfaceChangedError: It is another signature.
        """
        return cls(_by_function(cls.CONTRACT, function))

    @classmethod
    def of_session(cls, session: Any, binding: Any) -> Self:
        """Takes a session that holds the model, and what `Client.resolve` returned.

        Raises:
            InterfaceChangedError: The binding's signature is another one.
        """
        return cls(_by_session(cls.CONTRACT, session, binding))'''.splitlines()


def _contract(found: _Class) -> list[str]:
    return [
        "    CONTRACT: ClassVar[_Contract] = _Contract(",
        f"        {literal(found.signature.key)},",
        f"        {literal(found.signature.fingerprint)},",
        *_tensors([tensor for _, tensor in found.inputs]),
        *_tensors([tensor for _, tensor in found.outputs]),
        "    )",
    ]


def _tensors(tensors: list[FlatTensor]) -> list[str]:
    lines = [line for tensor in tensors for line in call(12, "_Tensor", _arguments(tensor), ",")]
    return ["        [", *lines, "        ],"] if lines else ["        [],"]


def _arguments(tensor: FlatTensor) -> list[str]:
    shape = tensor.spec.shape if tensor.spec.has_shape else None
    found = [literal(tensor.key), literal(tensor.spec.dtype), "None" if shape is None else shape_literal(shape)]
    if tensor.part or tensor.use is not FeedUse.REQUIRED:
        found.append(literal(tensor.use.value))
    return [*found, literal(tensor.part), literal(tensor.argument)] if tensor.part else found


def _call(found: _Class) -> list[str]:
    result = f"{found.name}Result"
    head = [f"    def __call__(self) -> {result}:"]
    if found.inputs:
        parameters = [f"        {name}: {_parameter_type(tensor)}," for name, tensor in found.inputs]
        head = ["    def __call__(", "        self,", "        *,", *parameters, f"    ) -> {result}:"]
    about = [f"    {name}: {_described(tensor, name)}{_USES[tensor.use]}" for name, tensor in found.inputs]
    values = ["            [", *(f"                {name}," for name, _ in found.inputs), "            ],"]
    raised = ["Raises:", "    TypeError: The dtype of an input is another.", "    ValueError: The shape of an input is another."]
    return [
        *head,
        *docstring(8, "Runs the signature once.", *([["Args:", *about], raised] if found.inputs else [])),
        "        _found = _called(",
        "            self.CONTRACT,",
        "            self._run,",
        *(values if found.inputs else ["            [],"]),
        "        )",
        f"        return {result}(*_found)",
    ]


_USES = {
    FeedUse.REQUIRED: ".",
    FeedUse.OPTIONAL: "; left out, the graph's own default is used.",
    FeedUse.UNUSED: "; no output depends on it.",
}


def _described(tensor: FlatTensor, name: str) -> str:
    key = "" if tensor.key == name else f"`{commented(tensor.key)}`{f', {tensor.part}' if tensor.part else ''}: "
    return f"{key}{commented(written_type(tensor.spec))}"


def _parameter_type(tensor: FlatTensor) -> str:
    kind = _value_type(tensor, "Texts | bytes | str" if tensor.spec.shape == () else "Texts")
    return kind if tensor.use is FeedUse.REQUIRED else f"{kind} | None = None"


def _value_type(tensor: FlatTensor, texts: str) -> str:
    if tensor.spec.dtype == "string":
        return texts
    known = _NUMPY.get(tensor.spec.dtype, "Any")
    scalar = tensor.spec.has_shape and tensor.spec.shape == () and known != "Any"
    return f"Scalar[{known}]" if scalar else f"npt.NDArray[{known}]"


def _result_type(tensor: FlatTensor) -> str:
    if tensor.spec.dtype == "string":
        return "npt.NDArray[np.object_]"
    return f"npt.NDArray[{_NUMPY.get(tensor.spec.dtype, 'Any')}]"
