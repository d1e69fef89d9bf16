"""fingerprint.pb: what TensorFlow says about a SavedModel's identity. Shown as it is; nothing is verified here."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from tfreg.core.files import FileTree
from tfreg.core.formats.limits import MAX_PART_BYTES
from tfreg.core.formats.problems import Problems
from tfreg.wire.fingerprint_pb2 import FingerprintDef

FILE = "fingerprint.pb"
_HASHES = ("saved_model_checksum", "graph_def_program_hash", "signature_def_hash", "saved_object_graph_hash", "checkpoint_hash")


def fingerprint_facts(tree: FileTree, problems: Problems) -> dict[str, str]:
    """Returns the fields as facts `fingerprint.<field>`, hashes as decimal numbers."""
    with tree.open(FILE) as reader:
        content = reader.read_at(0, MAX_PART_BYTES)
    try:
        found = FingerprintDef.FromString(content)
    except DecodeError:
        problems.warn("TFR103", f"{FILE} cannot be read.", "TensorFlow does not need it; export again to have it.", file=FILE)
        return {}
    facts = {f"fingerprint.{name}": str(getattr(found, name)) for name in _HASHES}
    if found.uuid:
        facts["fingerprint.uuid"] = found.uuid
    return facts | {"fingerprint.version": str(found.version.producer)}
