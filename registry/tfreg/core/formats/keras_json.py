"""The format `keras_json`: an architecture as `model.to_json()` writes it, of Keras 1, 2 and 3, without weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.json_text import Json, as_mapping, as_text, parse_json
from tfreg.core.errors import NoGraphError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.keras_reading import Found, add_model, add_weights
from tfreg.core.formats.one_file import one_file, with_strangers
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span

_MAX_BYTES = 16 << 20


class KerasJsonFormat:
    """See the module."""

    name = "keras_json"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question is JSON with a class and its config, and names Keras or has layers."""
        return one_file(tree, (".json",), _fits) is not None

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Nothing: it holds no tensors."""
        return {}

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself."""
        file, found = one_file(tree, (".json",), _fits) or "", Found()
        with tree.open(file) as reader:
            config = as_mapping(parse_json(reader.read_at(0, _MAX_BYTES)))
        for key in ("keras_version", "backend"):
            if text := as_text(config.get(key)):
                found.facts[f"keras.{key.removeprefix('keras_')}"] = text[:100]
        training = as_mapping(config.get("compile_config"))
        model = add_model(found, dict(config), training, file)
        add_weights(found, (), model)
        inspection = Inspection(self.name, facts=found.facts, problems=tuple(found.problems), keras=found.keras)
        return with_strangers(inspection, tree, file)

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:  # noqa: ARG002  # a format's method
        """Raises NoGraphError: an architecture is no graph."""
        raise no_graph(tree)


def no_graph(tree: FileTree) -> NoGraphError:
    """Returns the error for asking a Keras file for its graph."""
    hint = "Load it with Keras, call model.export('DIR'), and push the folder DIR."
    return NoGraphError(f"{tree.name} is a file of Keras, which holds layers and weights but no graph.", hint=hint)


def _fits(reader: FileReader) -> bool:
    if reader.size_bytes > _MAX_BYTES or reader.read_at(0, 64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return False
    try:
        config: Json = parse_json(reader.read_at(0, _MAX_BYTES))
    except CodecError:
        return False
    told = as_mapping(config)
    return isinstance(told.get("class_name"), str) and isinstance(told.get("config"), dict | list)
