"""fingerprint.pb: what TensorFlow says about a SavedModel's identity, and whether it is still true."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.fingerprint_hashes import (
    NotReproducibleError,
    checkpoint_hash,
    object_graph_hash,
    program_hash,
    signatures_hash,
)
from tfreg.core.formats.limits import MAX_PART_BYTES
from tfreg.core.formats.meta_graph import MetaGraphParts
from tfreg.core.formats.problems import Problems
from tfreg.wire.fingerprint_pb2 import FingerprintDef

FILE = "fingerprint.pb"
_INDEX = "variables/variables.index"
_CHECKSUM = "saved_model_checksum"
_MAX_HASHED_BYTES = 8 << 20  # some 20 MB are hashed a second


def read_fingerprint(tree: FileTree, problems: Problems) -> FingerprintDef | None:
    """Returns what the file holds; None, and a problem, if it cannot be read."""
    with tree.open(FILE) as reader:
        content = reader.read_at(0, MAX_PART_BYTES)
    try:
        return FingerprintDef.FromString(content)
    except DecodeError:
        problems.warn("TFR103", f"{FILE} cannot be read.", "TensorFlow does not need it; export again to have it.", file=FILE)
        return None


def fingerprint_facts(said: FingerprintDef) -> dict[str, str]:
    """Returns the fields as facts `fingerprint.<field>`, hashes as decimal numbers."""
    facts = {f"fingerprint.{name}": str(getattr(said, name)) for name in (_CHECKSUM, *_HASHES)}
    if said.uuid:
        facts["fingerprint.uuid"] = said.uuid
    return facts | {"fingerprint.version": str(said.version.producer)}


def verify_fingerprint(
    said: FingerprintDef, tree: FileTree, reader: FileReader, first: MetaGraphParts, problems: Problems
) -> dict[str, str]:
    """Computes the hashes anew and says which are true.

    Args:
        said: What fingerprint.pb says.
        tree: The SavedModel.
        reader: Its saved_model.pb.
        first: Its first MetaGraphDef, which the hashes cover.
        problems: Where hashes that are wrong are told.

    Returns:
        The facts `fingerprint.verified`, `fingerprint.not_verified` and, if there are such, `fingerprint.wrong`.
    """
    verified, not_verified, wrong = [], [f"{_CHECKSUM}: only TensorFlow's own serializer writes the bytes that it is of"], []
    allowed = Allowance("bytes to hash", _MAX_HASHED_BYTES)
    for name, compute in _HASHES.items():
        try:
            found = compute(tree, reader, first, allowed)
        except LimitError:
            not_verified.append(f"{name}: too large")
        except NotReproducibleError as error:
            not_verified.append(f"{name}: the model {error.message}")
        except CodecError:
            not_verified.append(f"{name}: the model is damaged")
        else:
            if found == getattr(said, name):
                verified.append(name)
            else:
                wrong.append(name)
                _tell(name, getattr(said, name), found, problems)
    told = {"verified": ", ".join(verified), "not_verified": "; ".join(not_verified), "wrong": ", ".join(wrong)}
    return {f"fingerprint.{key}": text for key, text in told.items() if text}


def _tell(name: str, said: int, found: int, problems: Problems) -> None:
    problems.warn(
        "TFR113",
        f"{FILE} says that {name} is {said}, but that of the model is {found}: the model was changed after it was exported.",
        "TensorFlow loads it all the same. If nobody meant to change it, fetch the export again.",
        file=FILE,
    )


_HASHES: dict[str, Callable[[FileTree, FileReader, MetaGraphParts, Allowance], int]] = {
    "graph_def_program_hash": lambda _, reader, first, allowed: program_hash(reader, first.graphs, allowed),
    "signature_def_hash": lambda _, __, first, allowed: signatures_hash(first.signatures, allowed),
    "saved_object_graph_hash": lambda _, reader, first, allowed: object_graph_hash(reader, first.object_graphs, allowed),
    "checkpoint_hash": lambda tree, _, __, allowed: checkpoint_hash(tree, _INDEX, allowed),
}
