"""In the child: lists what an HDF5 file holds, by pyfive's reading of its structures.

Groups are read once however many links lead to them, so cycles end. Soft and external links are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from struct import unpack_from

from pyfive.core import UNDEFINED_ADDRESS
from pyfive.dataobjects import DATATYPE_MSG_TYPE, DataObjects
from pyfive.high_level import File

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5.datatypes import read_datatype
from tfreg.core.dtypes import element_size_bytes

_FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset", 32000: "lzf"}
_LAYOUTS = ("compact", "contiguous", "chunked", "virtual")
_VIRTUAL = 3
_EXTERNAL_FILES_MSG_TYPE = 7  # IV.A.2.h of HDF5's file format specification; pyfive would read zeros in their place
_MAX_FAULTS = 20
_MAX_RANK = 32
_MAX_PATH_CHARACTERS = 4_096

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Listing:
    """Walks a file.

    Args:
        file: The file, opened by pyfive.
        max_objects: How many groups and datasets there may be.
        max_attribute_bytes: How long the attributes may be together.
    """

    def __init__(self, file: File, max_objects: int, max_attribute_bytes: int) -> None:
        self._file = file
        self._left_objects = max_objects
        self._left_bytes = max_attribute_bytes
        self._faults: list[Json] = []

    def table(self) -> dict[str, Json]:
        """Returns all of it, ready for JSON; what cannot be read is told under `faults`."""
        groups: dict[str, Json] = {}
        datasets: list[Json] = []
        try:
            for path, objects in self._objects():
                if objects.is_dataset:
                    self._try(path, lambda path=path, objects=objects: datasets.append(self._dataset(path, objects)))
                else:
                    groups[path] = self._attributes(path, objects)
        except LimitError as error:
            self._faults.append(["limit", "", error.message])
        return {
            "superblock_version": int(self._file._superblock.version),
            "end_bytes": int(self._file._superblock._contents["end_of_file_address"]),
            "groups": groups,
            "datasets": datasets,
            "faults": self._faults,
        }

    def _objects(self) -> Iterator[tuple[str, DataObjects]]:
        """Yields groups before what is in them, the root as an empty path."""
        root = self._file._dataobjects
        waiting, seen = [("", root.offset)], {root.offset}
        while waiting:
            path, address = waiting.pop()
            objects = self._try(path, lambda address=address: self._file._get_dataobjects(address))
            if objects is None or (path and not objects.is_dataset and address in seen):
                continue
            seen.add(address)
            self._left_objects -= 1
            if self._left_objects < 0 or len(path) > _MAX_PATH_CHARACTERS:
                raise LimitError("has more groups and datasets than are read")
            yield path, objects
            if not objects.is_dataset:
                links = list(self._links(path, objects))
                waiting.extend((f"{path}/{name}" if path else name, target) for name, target in reversed(links))

    def _links(self, path: str, objects: DataObjects) -> Iterator[tuple[str, int]]:
        links = self._try(path, objects.get_links) or {}
        return ((name, target) for name, target in links.items() if isinstance(target, int))

    def _dataset(self, path: str, objects: DataObjects) -> Json:
        shape = objects.shape or ()
        if len(shape) > _MAX_RANK:
            raise CodecError(f"has {len(shape)} dimensions")
        datatype = read_datatype(objects.msg_data, objects.find_msg_type(DATATYPE_MSG_TYPE)[0]["offset_to_message"])
        _, layout, place = objects.get_id_storage_params()
        if layout == _VIRTUAL or objects.find_msg_type(_EXTERNAL_FILES_MSG_TYPE):
            raise CodecError("keeps its values in other files")
        offset = unpack_from("<Q", objects.msg_data, place)[0] if layout == 1 else UNDEFINED_ADDRESS
        base = self._file.userblock_size
        attributes = self._attributes(path, objects)
        return {
            "path": path,
            "dtype": datatype.name or _named(attributes.get("dtype"), datatype.size_bytes),
            "shape": list(shape),
            "element_bytes": datatype.size_bytes,
            "big_endian": datatype.big_endian,
            "variable": datatype.variable,
            "size_bytes": datatype.size_bytes * prod(shape),
            "layout": _LAYOUTS[layout],
            "offset_bytes": None if offset == UNDEFINED_ADDRESS else offset + base,
            "filters": [_FILTERS.get(row["filter_id"], str(row["filter_id"])) for row in objects.filter_pipeline or ()],
            "attributes": attributes,
        }

    def _attributes(self, path: str, objects: DataObjects) -> dict[str, Json]:
        told = {str(name): plain(value) for name, value in (self._try(path, objects.get_attributes) or {}).items()}
        self._left_bytes -= sum(len(name) + length(value) for name, value in told.items())
        if self._left_bytes < 0:
            raise LimitError("has longer attributes than are read")
        return told

    def _try(self, path: str, act):  # type: ignore[no-untyped-def]  # of any type
        """Returns what `act` returns; None if pyfive cannot read it."""
        try:
            return act()
        except (LimitError, MemoryError):
            raise
        except Exception as error:
            if len(self._faults) < _MAX_FAULTS:
                reason = error.message if isinstance(error, CodecError) else f"cannot be read ({type(error).__name__}: {error})"
                self._faults.append(["fault", path, reason[:200]])
            return None


def _named(told: Json, element_bytes: int) -> str:
    """Returns the dtype that Keras notes beside elements of a type that HDF5 does not have (H5IOStore.__setitem__: bfloat16)."""
    return told if isinstance(told, str) and element_size_bytes(told) == element_bytes else ""


def plain(value: object) -> Json:
    """Returns an attribute as JSON has it: texts decoded, arrays as lists, None for anything else."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, str | int | float | bool):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return None


def length(value: Json) -> int:
    """Returns about how many characters an attribute takes."""
    if isinstance(value, str):
        return len(value)
    return 8 + (sum(map(length, value)) if isinstance(value, list) else 0)
