"""The text of a lock file. Every writer writes the same bytes; tests/vectors/locks.json holds cases that all languages agree on.

JSON as Python's `json` and Java's Gson print it: 2 spaces, one value a line, keys in the order of the functions below, UTF-8, LF at the
end. Of other characters than ASCII only U+2028 and U+2029 are escaped.
"""

from __future__ import annotations

import json

from tfreg.core.bindings import Feed, FeedUse
from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.json_text import Json, as_list, as_mapping, as_text, parse_json
from tfreg.core.errors import LockInvalidError
from tfreg.core.locks.lock import Lock, LockedModel, LockedSignature
from tfreg.core.shapes import MAX_RANK
from tfreg.core.tensors import Shape, TensorSpec

VERSION = 1
"""Of the file's layout. A reader refuses any other."""
_UNKNOWN_RANK = "unknown"
_NOT_IN_JAVASCRIPT = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029"})


def write_lock(lock: Lock) -> bytes:
    """Returns the content of a lock file."""
    document: dict[str, Json] = {"tfreg_lock": VERSION, "models": [_model(model) for model in lock.models]}
    return (json.dumps(document, indent=2, ensure_ascii=False).translate(_NOT_IN_JAVASCRIPT) + "\n").encode()


def read_lock(content: bytes) -> Lock:
    """Reads a lock file.

    Raises:
        LockInvalidError: It is none, or one of another version.
    """
    try:
        document = as_mapping(parse_json(content))
    except CodecError as error:
        raise _invalid(str(error)) from None
    version = document.get("tfreg_lock")
    if version != VERSION:
        raise _invalid(
            "has no 'tfreg_lock'" if version is None else f"is of version {version}; this tfreg reads version {VERSION}"
        )
    return Lock().renewed(_read_model(model) for model in as_list(document.get("models")))


def _model(model: LockedModel) -> Json:
    return {
        "reference": model.reference,
        "model": model.model,
        "version": model.version,
        "artifact_digest": model.artifact_digest,
        "format": model.format,
        "interface_fingerprint": model.interface_fingerprint,
        "signatures": [
            {
                "key": signature.key,
                "fingerprint": signature.fingerprint,
                "method_name": signature.method_name,
                "inputs": [{**_tensor(feed.tensor), "use": feed.use.value} for feed in signature.inputs],
                "outputs": [_tensor(tensor) for tensor in signature.outputs],
            }
            for signature in model.signatures
        ],
    }


def _tensor(tensor: TensorSpec) -> dict[str, Json]:
    found: dict[str, Json] = {"key": tensor.key, "dtype": tensor.dtype}
    if tensor.has_shape:
        found["shape"] = _UNKNOWN_RANK if tensor.shape is None else list(tensor.shape)
    if tensor.encoding:
        found |= {"encoding": tensor.encoding, "components": [_tensor(part) for part in tensor.components]}
    return found


def _read_model(value: Json) -> LockedModel:
    found = as_mapping(value)
    reference, version = as_text(found.get("reference")), found.get("version")
    if not reference or not isinstance(version, int):
        raise _invalid("has a model without reference or version")
    return LockedModel(
        reference,
        as_text(found.get("model")),
        version,
        as_text(found.get("artifact_digest")),
        as_text(found.get("format")),
        as_text(found.get("interface_fingerprint")),
        tuple(_read_signature(signature) for signature in as_list(found.get("signatures"))),
    )


def _read_signature(value: Json) -> LockedSignature:
    found = as_mapping(value)
    return LockedSignature(
        as_text(found.get("key")),
        as_text(found.get("fingerprint")),
        as_text(found.get("method_name")),
        tuple(Feed(_read_tensor(tensor), _read_use(tensor)) for tensor in as_list(found.get("inputs"))),
        tuple(_read_tensor(tensor) for tensor in as_list(found.get("outputs"))),
    )


def _read_tensor(value: Json) -> TensorSpec:
    found = as_mapping(value)
    return TensorSpec(
        as_text(found.get("key")),
        None,
        as_text(found.get("dtype")),
        _read_shape(found.get("shape")),
        has_shape="shape" in found,
        components=tuple(_read_tensor(part) for part in as_list(found.get("components"))),
        encoding=as_text(found.get("encoding")),
    )


def _read_shape(value: Json) -> Shape:
    if value is None or value == _UNKNOWN_RANK:
        return None
    sizes = tuple(size for size in as_list(value) if size is None or (isinstance(size, int) and size >= 0))
    if not isinstance(value, list) or len(sizes) != len(value) or len(sizes) > MAX_RANK:
        raise _invalid(f"has a tensor of shape {str(value)[:100]}")
    return sizes


def _read_use(value: Json) -> FeedUse:
    use = as_text(as_mapping(value).get("use"))
    try:
        return FeedUse(use)
    except ValueError:
        raise _invalid(f"has an input of use {use[:100]!r}") from None


def _invalid(reason: str) -> LockInvalidError:
    return LockInvalidError(
        f"The lock file {reason}.",
        hint="Write it anew: move it away, and run tfreg lock REF... with the references that it held.",
    )
