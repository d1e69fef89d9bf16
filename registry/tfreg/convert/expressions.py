"""Inputs as expressions of numpy, such as `np.ones((2, 3))`: a small language that is read as data, never as Python.

It has numbers, texts, lists and tuples, arithmetic, the functions of `_FUNCTIONS`, dtypes by name, a few methods of arrays, and random
numbers, which are the same each time. Nothing else can be named, and an array that would be too large is refused before it is made.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfreg.core.errors import ExpressionInvalidError

if TYPE_CHECKING:
    import numpy as np

MAX_CHARACTERS = 100_000
MAX_ELEMENTS = 1 << 24
_MAX_DEPTH = 60
_MAX_NUMBER_BITS = 64
_DTYPES = frozenset(
    {
        "bool",
        "bool_",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
        "int",
        "float",
        "complex",
        "str",
        "str_",
        "bytes",
        "bytes_",
        "object",
        "object_",
    }
)
_FUNCTIONS = frozenset(
    {
        "array",
        "asarray",
        "zeros",
        "ones",
        "full",
        "empty",
        "arange",
        "linspace",
        "eye",
        "identity",
        "reshape",
        "expand_dims",
        "squeeze",
        "transpose",
        "concatenate",
        "stack",
        "tile",
        "repeat",
        "abs",
        "sin",
        "cos",
        "exp",
        "sqrt",
        "sign",
        "zeros_like",
        "ones_like",
        "full_like",
    }
)
_METHODS = frozenset({"reshape", "astype", "transpose", "flatten", "ravel", "copy", "squeeze", "repeat"})
_RANDOM = frozenset(
    {
        "rand",
        "randn",
        "random",
        "random_sample",
        "uniform",
        "normal",
        "standard_normal",
        "integers",
        "randint",
        "choice",
        "permutation",
    }
)
_CONSTANTS = frozenset({"pi", "e", "inf", "nan", "newaxis"})
_LANGUAGE = "np.ones((2, 3)), np.arange(6).reshape(2, 3), np.random.default_rng(1).random((2, 3)), [[1, 2], [3, 4]]"
_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "true_divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "mod",
    ast.Pow: "power",
}

_OF_NUMBERS: Mapping[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def check(text: str) -> None:
    """Reads an expression without evaluating it; needs no numpy.

    Raises:
        ExpressionInvalidError: It is none, or too long.
    """
    _parsed(text)


def evaluate(text: str) -> np.ndarray:
    """Returns the array that an expression stands for.

    Raises:
        ExpressionInvalidError: It names what there is not, asks for more than `MAX_ELEMENTS`, or fails.
    """
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            value = np.asarray(_Evaluation(text).value(_parsed(text), 0))
    except ExpressionInvalidError:
        raise
    except Exception as error:  # what numpy raises for values that do not fit
        raise _invalid(text, f"{type(error).__name__}: {error}") from None
    if value.dtype.kind == "O" and not all(isinstance(item, str | bytes) for item in value.reshape(-1)):
        raise _invalid(text, "it is no array of numbers or texts")
    return value


def _parsed(text: str) -> ast.expr:
    if len(text) > MAX_CHARACTERS:
        raise _invalid(text[:50] + "…", f"it has more than {MAX_CHARACTERS} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _invalid(text, f"it is no expression: {error}") from None


def _invalid(text: str, why: str) -> ExpressionInvalidError:
    shown = text if len(text) <= 100 else text[:99] + "…"
    return ExpressionInvalidError(
        f"The expression {shown!r} is not evaluated: {why}.", hint=f"Write such as {_LANGUAGE}.", expression=shown
    )


class _Random:
    """numpy's generator, by the name `np.random` or `np.random.default_rng(seed)`."""

    def __init__(self, seed: int = 0) -> None:
        import numpy as np

        self.generator = np.random.default_rng(seed)


class _Evaluation:
    """One evaluation of one expression."""

    def __init__(self, text: str) -> None:
        import numpy as np

        self._np: Any = np
        self._text = text
        self._random = _Random()

    def value(self, node: ast.expr, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise self._refused("it is nested too deeply")
        if isinstance(node, ast.Constant):
            return self._constant(node.value)
        if isinstance(node, ast.List | ast.Tuple):
            items = [self.value(item, depth + 1) for item in node.elts]
            return items if isinstance(node, ast.List) else tuple(items)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self._operand(node.operand, depth)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return self._binary(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.Attribute | ast.Name):
            return self._named(node, depth)
        raise self._refused(f"it has a {type(node).__name__}")

    def _constant(self, value: object) -> object:
        if isinstance(value, bool | float | complex | str | bytes) or value is None:
            return value
        if isinstance(value, int) and value.bit_length() <= _MAX_NUMBER_BITS:
            return value
        raise self._refused("it has a number that no array holds")

    def _operand(self, node: ast.expr, depth: int) -> Any:
        value = self.value(node, depth + 1)
        if isinstance(value, bool | int | float | complex | self._np.ndarray | self._np.generic):
            return value
        raise self._refused("arithmetic is for numbers and arrays")

    def _binary(self, node: ast.BinOp, depth: int) -> Any:
        name = _OPERATORS.get(type(node.op))
        if name is None:
            raise self._refused(f"it has the operator {type(node.op).__name__}")
        left, right = self._operand(node.left, depth), self._operand(node.right, depth)
        if isinstance(left, int | float) and isinstance(right, int | float):
            return self._of_numbers(node.op, left, right)
        self._check_size(self._np.broadcast_shapes(self._np.shape(left), self._np.shape(right)))
        return getattr(self._np, name)(left, right)

    def _of_numbers(self, op: ast.operator, left: float, right: float) -> object:
        """Returns what Python makes of two plain numbers; of whole ones only what an array holds."""
        if isinstance(op, ast.Pow) and isinstance(left, int) and abs(left) > 1 and abs(right) > _MAX_NUMBER_BITS:
            raise self._refused("it has a number that no array holds")
        return self._constant(_OF_NUMBERS[type(op)](left, right))

    def _named(self, node: ast.Attribute | ast.Name, depth: int) -> Any:
        if isinstance(node, ast.Name):
            return self._dtype(node.id)
        path = _path(node)
        if path is not None and path[0] in ("np", "numpy") and len(path) == 2:
            if path[1] in _DTYPES:
                return self._dtype(path[1])
            if path[1] in _CONSTANTS:
                return getattr(self._np, path[1])
        if path is None and node.attr == "T":
            return self._np.transpose(self._array(node.value, depth))
        raise self._refused(f"it names {ast.unparse(node)[:50]!r}")

    def _call(self, node: ast.Call, depth: int) -> Any:
        if not isinstance(node.func, ast.Attribute) or any(keyword.arg is None for keyword in node.keywords):
            raise self._refused(f"it calls {ast.unparse(node.func)[:50]!r}")
        path, name = _path(node.func), node.func.attr
        arguments = [self.value(argument, depth + 1) for argument in node.args if not isinstance(argument, ast.Starred)]
        named = {str(keyword.arg): self.value(keyword.value, depth + 1) for keyword in node.keywords}
        if len(arguments) != len(node.args) or "out" in named or "like" in named:
            raise self._refused("it passes what is not passed here")
        self._name_dtypes(name, arguments, named)
        if path is None:
            return self._method(node.func, name, arguments, named, depth)
        return self._function(path, arguments, named)

    def _function(self, path: Sequence[str], arguments: list[Any], named: dict[str, Any]) -> Any:
        if path[0] not in ("np", "numpy"):
            raise self._refused(f"it calls {'.'.join(path)[:50]!r}")
        name = path[-1]
        if len(path) == 2 and name in _FUNCTIONS:
            self._check_call(name, arguments, named)
            return self._made(getattr(self._np, name)(*arguments, **named))
        if len(path) == 2 and name in _DTYPES and len(arguments) == 1 and not named:
            return self._np.asarray(arguments[0], self._dtype(name))
        if len(path) == 3 and path[1] == "random":
            if name in ("default_rng", "RandomState"):
                return _Random(*(int(seed) for seed in arguments[:1]))
            return self._draw(self._random, name, arguments, named)
        raise self._refused(f"it calls {'.'.join(path)[:50]!r}")

    def _method(self, node: ast.Attribute, name: str, arguments: list[Any], named: dict[str, Any], depth: int) -> Any:
        value = self.value(node.value, depth + 1)
        if isinstance(value, _Random):
            return self._draw(value, name, arguments, named)
        if name not in _METHODS or not isinstance(value, self._np.ndarray | self._np.generic):
            raise self._refused(f"it calls {name!r} of something that is no array, or that arrays do not have here")
        array = self._np.asarray(value)
        if name == "repeat":
            self._check_size((array.size, *self._sizes(arguments[:1])))
        return self._made(getattr(array, name)(*arguments, **named))

    def _draw(self, random: _Random, name: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        if name not in _RANDOM:
            raise self._refused(f"it calls {name!r} of random numbers")
        if name in ("rand", "randn"):
            arguments, name = [tuple(arguments)], "random" if name == "rand" else "standard_normal"
        name = {"randint": "integers", "random_sample": "random"}.get(name, name)
        self._check_size(self._sizes([*arguments, *named.values()]))
        return self._made(getattr(random.generator, name)(*arguments, **named))

    def _check_call(self, name: str, arguments: list[Any], named: Mapping[str, Any]) -> None:
        """Refuses a call that would make too large an array."""
        given = [*arguments, *named.values()]
        if name in ("zeros", "ones", "empty", "full"):
            self._check_size(self._sizes([named["shape"] if "shape" in named else arguments[0]]))
        elif name in ("eye", "identity"):
            self._check_size(self._sizes(given * 2 if len(given) == 1 else given[:2]))
        elif name == "arange":
            numbers = [float(number) for number in arguments if isinstance(number, int | float)]
            numbers += [float(number) for key, number in named.items() if key in ("start", "stop", "step")]
            step = abs(numbers[2]) if len(numbers) > 2 and numbers[2] else 1.0
            self._check_size((math.ceil(sum(map(abs, numbers[:2])) / step) + 1,))
        elif name == "linspace":
            self._check_size(self._sizes([*arguments[2:3], *([named["num"]] if "num" in named else [])]))
        elif name in ("tile", "repeat"):
            self._check_size((int(self._np.size(arguments[0])), *self._sizes([*arguments[1:2], *named.values()])))
        elif name in ("concatenate", "stack"):
            self._check_size((sum(int(self._np.size(part)) for part in arguments[0]),))

    def _sizes(self, values: Sequence[Any]) -> tuple[int, ...]:
        """Returns all whole numbers among values, as far as they are numbers, lists and tuples."""
        found: list[int] = []
        for value in values:
            if isinstance(value, bool | str | bytes) or value is None:
                continue
            if isinstance(value, list | tuple):
                found += self._sizes(value)
            elif isinstance(value, int | self._np.integer):
                found.append(max(1, abs(int(value))))
            elif isinstance(value, self._np.ndarray) and value.dtype.kind in "iu":
                found += [max(1, abs(int(item))) for item in value.reshape(-1)[:_MAX_DEPTH]]
        return tuple(found)

    def _name_dtypes(self, name: str, arguments: list[Any], named: dict[str, Any]) -> None:
        """Puts dtypes in the place of their names, so that a name such as S1000000 makes no large elements."""
        if "dtype" in named:
            named["dtype"] = self._dtype(named["dtype"])
        for place, argument in enumerate(arguments):
            if isinstance(argument, str) and (place or name == "astype"):
                arguments[place] = self._dtype(argument)

    def _dtype(self, name: object) -> Any:
        if isinstance(name, type | self._np.dtype):
            return name
        if not isinstance(name, str) or name not in _DTYPES:
            raise self._refused(f"{str(name)[:50]!r} is no dtype")
        return self._np.dtype(name.rstrip("_"))

    def _array(self, node: ast.expr, depth: int) -> Any:
        value = self.value(node, depth + 1)
        if not isinstance(value, self._np.ndarray):
            raise self._refused("it takes the transpose of something that is no array")
        return value

    def _made(self, value: Any) -> Any:
        self._check_size(self._np.shape(value))
        return value

    def _check_size(self, sizes: Sequence[int]) -> None:
        if math.prod(int(size) for size in sizes) > MAX_ELEMENTS:
            raise self._refused(f"it makes more than {MAX_ELEMENTS} elements")

    def _refused(self, why: str) -> ExpressionInvalidError:
        return _invalid(self._text, why)


def _path(node: ast.expr) -> tuple[str, ...] | None:
    """Returns `("np", "random", "rand")` for such a name; None if it begins with anything but a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else None
