"""Arrays in files, without pickles: inputs that were attached or given, and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfreg.core.errors import InputsInvalidError

if TYPE_CHECKING:
    from tfreg.convert.steps.running.running import Arrays

_BASIC_KINDS = "biufcSUO"


def read_arrays(path: Path, *, allow_pickle: bool = False) -> dict[str, np.ndarray]:
    """Returns the arrays of a .npz by key, of a .npy by its file's name, or of all such files in a folder.

    Raises:
        InputsInvalidError: A file is none, is damaged, or holds pickles, which are not read without leave.
    """
    found: dict[str, np.ndarray] = {}
    for file in _files(path):
        try:
            loaded = np.load(file, allow_pickle=allow_pickle)
            if isinstance(loaded, np.ndarray):
                found[file.stem] = loaded
            else:
                with loaded:
                    found |= {key: loaded[key] for key in loaded.files}
        except Exception as error:  # numpy raises whatever zip, pickle and header parsing raise
            hint = "Save it with np.savez; pickled objects need --allow-pickle." if "pickle" in str(error) else "Save it anew."
            raise InputsInvalidError(f"'{file.name}' cannot be read: {error}.", hint=hint, file=file.name) from None
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from sorted(file for file in path.rglob("*") if file.suffix in (".npy", ".npz") and file.is_file())


def as_dtype(key: str, value: np.ndarray, dtype: str) -> np.ndarray:
    """Returns a value in the dtype that TensorFlow wants, if nothing is lost by that.

    Raises:
        InputsInvalidError: It is of another kind, or numbers do not fit.
    """
    import tensorflow as tf

    if not dtype:
        return value
    if dtype == "string":
        return _texts(key, value)
    wanted = np.dtype(tf.as_dtype(dtype).as_numpy_dtype)
    if value.dtype == wanted:
        return value
    if np.can_cast(value.dtype, wanted, "same_kind") and value.dtype.kind in _BASIC_KINDS:
        return value.astype(wanted)
    if value.dtype.kind in "iu" and wanted.kind in "iufV":
        converted = value.astype(wanted)
        if np.array_equal(converted.astype(np.float64), value.astype(np.float64)):
            return converted
    if value.dtype.kind == "f" and wanted.kind == "V":  # bfloat16 and smaller, which numpy knows as opaque
        return value.astype(wanted)
    raise InputsInvalidError(
        f"The input {key!r} is of dtype {dtype}, the value given of {value.dtype}.",
        hint=f"Give it as {dtype}: np.asarray(value, {dtype!r}).",
        key=key,
        dtype=dtype,
    )


def _texts(key: str, value: np.ndarray) -> np.ndarray:
    if value.dtype.kind not in "SUO":
        raise InputsInvalidError(
            f"The input {key!r} takes texts, the value given is of {value.dtype}.", hint="Give texts or bytes.", key=key
        )
    texts = [item.encode() if isinstance(item, str) else item for item in value.reshape(-1).tolist()]
    if not all(isinstance(item, bytes) for item in texts):
        raise InputsInvalidError(f"The input {key!r} takes texts only.", hint="Give texts or bytes.", key=key)
    array = np.empty(len(texts), object)
    array[:] = texts
    return array.reshape(value.shape)


def plain(value: np.ndarray) -> np.ndarray:
    """Returns a value as numpy's files hold it: texts padded to one length, dtypes that numpy lacks as float32 or int8."""
    if value.dtype.kind == "O":
        texts = [item if isinstance(item, bytes) else str(item).encode() for item in value.reshape(-1)]
        return np.array(texts, dtype=f"S{max(map(len, texts), default=1) or 1}").reshape(value.shape)
    if value.dtype.kind == "V" or value.dtype.name in ("int4", "uint4", "int2", "uint2"):
        return value.astype(np.int8 if "int" in value.dtype.name else np.float32)
    return value


def write_arrays(values: Arrays, folder: Path) -> Mapping[str, str]:
    """Writes a .npy for each value; returns the names of the files by key."""
    names: dict[str, str] = {}
    for number, (key, value) in enumerate(sorted(values.items())):
        names[key] = f"{number}.npy"
        np.save(folder / names[key], plain(np.asarray(value)), allow_pickle=False)
    return names
