"""fingerprint.pb of a SavedModel that was written anew."""

from __future__ import annotations

from tfreg.core.codecs.errors import CodecError
from tfreg.core.files import FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.fingerprint_hashes import checkpoint_hash, object_graph_hash, program_hash, signatures_hash
from tfreg.core.formats.meta_graph import read_meta_graph
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.saved_model_files import BINARY_FILE, VARIABLES, is_meta_graph, top_fields
from tfreg.core.layouts import Span
from tfreg.wire.fingerprint_pb2 import FingerprintDef

_INDEX = f"{VARIABLES}.index"
_MAX_HASHED_BYTES = 8 << 20  # some 20 MB are hashed a second; what inspections check anew
_VERSION = 1


def fingerprint_of(tree: FileTree) -> bytes | None:
    """Returns what fingerprint.pb says of a SavedModel; None if TensorFlow's hashes of it cannot be had, or not in a moment.

    `saved_model_checksum` is left out: only TensorFlow's own serializer writes the bytes that it is of. So is the identifier, which each
    export makes anew: the same conversion gives the same bytes. TensorFlow's loaders read a file without them, and need none.
    """
    allowed = Allowance("bytes to hash", _MAX_HASHED_BYTES)
    has_variables = any(file.path == _INDEX for file in tree.files())
    try:
        with tree.open(BINARY_FILE) as reader:
            place = next(Span(found.offset, found.length) for found in top_fields(reader) if is_meta_graph(found))
            first = read_meta_graph(reader, place, BINARY_FILE, Problems())
            said = FingerprintDef(
                graph_def_program_hash=program_hash(reader, first.graphs, allowed),
                signature_def_hash=signatures_hash(first.signatures, allowed),
                saved_object_graph_hash=object_graph_hash(reader, first.object_graphs, allowed),
                checkpoint_hash=checkpoint_hash(tree, _INDEX, allowed) if has_variables else 0,
            )
    except (CodecError, StopIteration):
        return None
    said.version.producer = _VERSION
    return said.SerializeToString(deterministic=True)
