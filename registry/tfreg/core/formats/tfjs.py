"""The format `tfjs`: TensorFlow.js's model.json with its weight shards, of a Keras model (layers-model) or a graph (graph-model)."""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.json_text import Json, as_list, as_mapping, as_text, parse_json
from tfreg.core.dtypes import dtype_name
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.limits import MAX_NAME_BYTES
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.stranger import Stranger, tell_unread
from tfreg.core.inspections import Inspection
from tfreg.core.resolving.nearest import listed

_FILE = "model.json"
_MAX_BYTES = 4 << 20
_HEAD_BYTES = 64 << 10
_MAX_WEIGHTS = 100_000
_KINDS = ("layers-model", "graph-model")
_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"}  # others are written as they are called


class TfjsFormat(Stranger):
    """See the module."""

    name = "tfjs"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if a model.json says how TensorFlow.js finds the weights."""
        file = _file(tree)
        if file is None:
            return False
        with tree.open(file) as reader:
            return _is_tfjs(reader)

    def inspect(self, tree: FileTree) -> Inspection:
        """Names its kind, its inputs and outputs where it says them, and shards that are missing."""
        file = _file(tree) or ""
        problems = Problems()
        facts = {"tfjs.file": file}
        with tree.open(file) as reader:
            try:
                model = as_mapping(parse_json(reader.read_at(0, _MAX_BYTES + 1)))
            except CodecError as error:
                problems.fault("TFR103", file, error)
                model = {}
        for key in ("format", "generatedBy", "convertedBy"):
            if text := as_text(model.get(key)):
                facts[f"tfjs.{key}"] = text[:MAX_NAME_BYTES]
        signature = as_mapping(model.get("signature")) or as_mapping(
            as_mapping(model.get("userDefinedMetadata")).get("signature")
        )
        for kind in ("inputs", "outputs"):
            if tensors := as_mapping(signature.get(kind)):
                facts[f"tfjs.{kind}"] = listed([_written(key, tensor) for key, tensor in tensors.items()])
        shards = list(dict.fromkeys(_shards(model)))
        facts["tfjs.shards"] = listed(shards)
        _tell_missing(problems, tree, file, shards)
        tell_unread(problems, file, "a model of TensorFlow.js")
        return Inspection(self.name, facts=facts, problems=tuple(problems))


def _file(tree: FileTree) -> str | None:
    paths = [file.path for file in tree.files()]
    if _FILE in paths:
        return _FILE
    return paths[0] if len(paths) == 1 and paths[0].endswith(".json") else None


def _is_tfjs(reader: FileReader) -> bool:
    """Looks at the whole text where it is short enough to be parsed, else at its beginning."""
    if reader.size_bytes > _MAX_BYTES:
        head = reader.read_at(0, _HEAD_BYTES)
        return head.lstrip()[:1] == b"{" and any(f'"{kind}"'.encode() in head for kind in _KINDS)
    try:
        model = as_mapping(parse_json(reader.read_at(0, _MAX_BYTES)))
    except CodecError:
        return False
    return "weightsManifest" in model and ("modelTopology" in model or model.get("format") in _KINDS)


def _shards(model: object) -> Iterator[str]:
    count = 0
    for group in as_list(as_mapping(model).get("weightsManifest")):
        for path in as_list(as_mapping(group).get("paths")):
            count += 1
            if count <= _MAX_WEIGHTS and isinstance(path, str):
                yield path


def _tell_missing(problems: Problems, tree: FileTree, file: str, shards: list[str]) -> None:
    there = {stat.path for stat in tree.files()}
    missing = [shard for shard in shards if shard not in there]
    if missing:
        message = f"{file} names {len(missing)} weight files that are not here: {listed(missing)}."
        problems.warn("TFR102", message, "Name the folder that holds them beside it.", file=file)


def _written(key: str, tensor: Json) -> str:
    """Returns `x float32 [?,4]` for a TensorInfo as JSON."""
    found = as_mapping(tensor)
    kind = found.get("dtype")
    if isinstance(kind, int) and not isinstance(kind, bool):
        dtype = dtype_name(kind)
    else:
        dtype = _DTYPES.get(as_text(kind), as_text(kind).removeprefix("DT_").lower())
    sizes = [str(as_mapping(size).get("size", "?")) for size in as_list(as_mapping(found.get("tensorShape")).get("dim"))]
    return f"{key} {dtype} [{','.join('?' if size.startswith('-') else size for size in sizes)}]"
