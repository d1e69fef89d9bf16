"""The inputs of `tfreg run` as a user writes them: files, expressions, examples; all of them data, none of them run here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfreg.convert import expressions
from tfreg.convert.runs import GivenInput
from tfreg.core.errors import PathNotFoundError, RequestInvalidError
from tfreg.core.files import FileReader, FileStat
from tfreg.core.trees import LocalTree

_FILE = re.compile(r"(?P<path>.+?)(?:\[(?P<item>[^\[\]]*)\])?")
_SUFFIXES = (".npy", ".npz", ".pkl", ".pickle")


@dataclass(frozen=True, slots=True)
class GivenInputs:
    """Inputs by key, and the files that they are in.

    Attributes:
        inputs: What the worker is told.
        files: The files, by the names under which the worker sees them.
    """

    inputs: tuple[GivenInput, ...]
    files: Mapping[str, Path]


def given_inputs(files: Sequence[str], exprs: Sequence[str], examples: Sequence[str]) -> GivenInputs:
    """Reads `--inputs 'x=a.npy;y=b.npz[key]'`, `--input-exprs 'x=np.ones((2, 3))'` and `--input-examples 'x=[{...}]'`.

    Raises:
        RequestInvalidError: A text has no key, or names a file of no known kind.
        PathNotFoundError: There is no such file.
        ExpressionInvalidError: An expression is none.
    """
    found: list[GivenInput] = []
    paths: dict[str, Path] = {}
    for key, text in _pairs(files, "--inputs"):
        match = _FILE.fullmatch(text)
        path = Path(match["path"] if match else text).expanduser()
        name = f"{len(paths)}{path.suffix}"
        _check_file(path)
        paths[name] = path
        found.append(GivenInput(key, file=name, item=(match["item"] or "") if match else ""))
    for key, text in _pairs(exprs, "--input-exprs"):
        expressions.check(text)
        found.append(GivenInput(key, expression=text))
    found += [GivenInput(key, examples=text) for key, text in _pairs(examples, "--input-examples", separated=False)]
    return GivenInputs(tuple(found), paths)


def _pairs(texts: Sequence[str], option: str, *, separated: bool = True) -> Iterator[tuple[str, str]]:
    for text in texts:
        for part in text.split(";") if separated else [text]:
            key, equals, value = part.strip().partition("=")
            if not part.strip():
                continue
            if not equals or not key.strip() or not value.strip():
                raise RequestInvalidError(f"'{part}' says no input.", hint=f"Write {option} 'KEY=...'.", option=option)
            yield key.strip(), value.strip()


def _check_file(path: Path) -> None:
    if path.suffix not in _SUFFIXES:
        raise RequestInvalidError(
            f"'{path}' is of no kind that inputs are read from.", hint="Save it with np.save or np.savez.", path=str(path)
        )
    if not path.is_file():
        raise PathNotFoundError(f"There is no file '{path}'.", hint="Check the path.", path=str(path))


class NamedFiles:
    """Local files as a tree, under other names than their own.

    Args:
        files: The files by name.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)

    @property
    def name(self) -> str:
        """See `FileTree`."""
        return "the inputs"

    def files(self) -> tuple[FileStat, ...]:
        """See `FileTree`."""
        return tuple(FileStat(name, self._files[name].stat().st_size) for name in sorted(self._files, key=str.encode))

    def open(self, path: str) -> FileReader:
        """See `FileTree`."""
        if path not in self._files:
            raise PathNotFoundError(f"'{path}' is not among the inputs.", path=path)
        return LocalTree(self._files[path]).open(path)
