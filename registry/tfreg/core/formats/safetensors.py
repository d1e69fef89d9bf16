"""The format `safetensors`: tensors behind a JSON header that says where each is.

The file is the header's length in eight bytes, the header, and the values: `{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets":
[0, 24]}, "__metadata__": {...}}`, with offsets counted from the header's end, row-major and little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.codecs.json_text import Json, as_list, as_mapping, as_text, parse_json
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.limits import MAX_NAME_BYTES, MAX_TENSORS
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.stranger import Stranger, tell_unread
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.resolving.nearest import listed
from tfreg.core.shapes import MAX_RANK, element_count
from tfreg.core.tensors import StoredTensor

_SUFFIX = ".safetensors"
_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 4 << 20  # the format's own limit is 100 MB; ten thousand tensors need one
_MAX_METADATA = 100
_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "U32": "uint32",
    "I32": "int32",
    "U64": "uint64",
    "I64": "int64",
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
    "C64": "complex64",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}


class SafetensorsFormat(Stranger):
    """See the module."""

    name = "safetensors"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if all files in question begin like the format: the only one, or those of the root that have its suffix."""
        return bool(_files(tree))

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the tensors are."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Lists the tensors."""
        problems = Problems()
        facts: dict[str, str] = {}
        tensors: dict[str, StoredTensor] = {}
        for file in _files(tree):
            with tree.open(file) as reader:
                try:
                    for tensor in _tensors(reader, file, facts, problems):
                        tensors.setdefault(tensor.name, tensor)
                except CodecError as error:
                    problems.fault("TFR101", file, error)
            tell_unread(problems, file, "weights without their model, which are listed")
        ordered = tuple(sorted(tensors.values(), key=lambda tensor: tensor.name.encode()))
        return Inspection(self.name, tensors=ordered, facts=facts, problems=tuple(problems))


def _files(tree: FileTree) -> list[str]:
    paths = [file.path for file in tree.files()]
    if len(paths) > 1:
        paths = [path for path in paths if "/" not in path and path.endswith(_SUFFIX)]
    return paths if paths and all(_fits(tree, path) for path in paths) else []


def _fits(tree: FileTree, path: str) -> bool:
    with tree.open(path) as reader:
        head = reader.read_at(0, _LENGTH_BYTES + 2)
    length = int.from_bytes(head[:_LENGTH_BYTES], "little")
    return len(head) > _LENGTH_BYTES and 2 <= length < 1 << 32 and head[_LENGTH_BYTES:] in (b'{"', b"{}", b"{ ", b"{\n")


def _tensors(reader: FileReader, file: str, facts: dict[str, str], problems: Problems) -> Iterator[StoredTensor]:
    length = int.from_bytes(reader.read_at(0, _LENGTH_BYTES), "little")
    if _LENGTH_BYTES + length > reader.size_bytes:
        raise TruncatedError(f"ends within its header of {length} bytes")
    if length > _MAX_HEADER_BYTES:
        raise LimitError(f"has a header of {length} bytes, of which at most {_MAX_HEADER_BYTES} are read")
    header = as_mapping(parse_json(reader.read_at(_LENGTH_BYTES, length)))
    for key, value in list(as_mapping(header.get("__metadata__")).items())[:_MAX_METADATA]:
        facts[f"safetensors.{key[:MAX_NAME_BYTES]}"] = as_text(value)[:MAX_NAME_BYTES]
    misfits = []
    for count, (name, entry) in enumerate(header.items()):
        if name != "__metadata__" and count <= MAX_TENSORS:
            tensor = _tensor(file, name, as_mapping(entry), _LENGTH_BYTES + length, reader.size_bytes)
            if tensor is not None:
                yield tensor
            else:
                misfits.append(name)
    if misfits:
        message = f"{file} has tensors whose place does not fit dtype, shape and file: {listed(misfits)}."
        problems.error("TFR101", message, "It was cut off or damaged; copy it again.", file=file)


def _tensor(file: str, name: str, entry: Mapping[str, Json], base: int, end: int) -> StoredTensor | None:
    shape, offsets = _numbers(entry.get("shape")), _numbers(entry.get("data_offsets"))
    dtype = _DTYPES.get(as_text(entry.get("dtype")), "")
    if shape is None or offsets is None or len(offsets) != 2 or len(shape) > MAX_RANK:
        return None
    start, size_bytes = base + offsets[0], offsets[1] - offsets[0]
    if size_bytes < 0 or start + size_bytes > end or size_bytes != element_count(shape) * (element_size_bytes(dtype) or 0):
        return None
    return StoredTensor(name, dtype, shape, file, start, size_bytes)


def _numbers(value: object) -> tuple[int, ...] | None:
    numbers = as_list(value)
    whole = tuple(
        number for number in numbers if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << 62
    )
    return whole if isinstance(value, list) and len(whole) == len(numbers) else None
