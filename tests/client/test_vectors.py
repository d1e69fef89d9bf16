"""The cases on which clients of all languages agree."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from tfreg.client.pull.cache import Cache, cache_root
from tfreg.core.bindings import Resolved
from tfreg.core.digests import parse_digest
from tfreg.core.errors import ReferenceInvalidError
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import parse_reference
from tfreg.core.tensors import TensorSpec
from tfreg.translate.bindings import resolved_from_proto
from tfreg.translate.errors import STATUS_KEY, from_grpc
from tfreg.v1 import bindings_pb2

VECTORS = Path(__file__).parents[1] / "vectors"


def cases(file: str, key: str) -> list[Any]:
    found: list[Any] = json.loads((VECTORS / file).read_text(encoding="utf-8"))[key]
    return found


@pytest.mark.parametrize("case", cases("references.json", "valid"), ids=lambda case: case["reference"])
def test_a_reference_is_read(case: dict[str, Any]) -> None:
    found = parse_reference(case["reference"])
    assert (found.model, found.version, found.alias, found.digest) == (
        case["model"],
        case["version"],
        case["alias"],
        case["digest"],
    )


@pytest.mark.parametrize("case", cases("manifest_digests.json", "manifests"), ids=lambda case: case["name"])
def test_a_manifest_has_its_digest(case: dict[str, Any]) -> None:
    manifest = manifest_of(ManifestFile(**file) for file in case["files"])
    assert manifest.text() == case["lines"]
    assert manifest.digest() == case["digest"]


@pytest.mark.parametrize("case", cases("references.json", "invalid"), ids=repr)
def test_what_is_no_reference_is_refused(case: Any) -> None:
    with pytest.raises(ReferenceInvalidError):
        parse_reference(case["reference"] if isinstance(case, dict) else case)


@pytest.mark.parametrize("case", cases("cache_keys.json", "artifacts"), ids=lambda case: case["digest"])
def test_an_artifact_lies_where_all_clients_look(case: dict[str, Any]) -> None:
    cache, digest = Cache(Path("/cache")), parse_digest(case["digest"])
    found = {"artifact": cache.artifact(digest), "incoming": cache.incoming(digest), "lock": cache.lock(digest)}
    assert {key: path.relative_to("/cache").as_posix() for key, path in found.items()} == {key: case[key] for key in found}


@pytest.mark.parametrize("case", cases("cache_keys.json", "attachments"), ids=lambda case: case["name"])
def test_an_attachment_lies_where_all_clients_look(case: dict[str, Any]) -> None:
    found = Cache(Path("/cache")).attachment(parse_digest(case["digest"]), case["name"])
    assert found.relative_to("/cache").as_posix() == case["path"]


@pytest.mark.parametrize("case", cases("cache_keys.json", "roots"), ids=repr)
def test_the_cache_is_where_the_environment_says(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", case["home"])
    assert cache_root(None, case["environment"]) == Path(case["root"])


@pytest.mark.parametrize("case", cases("bindings.json", "bindings"), ids=lambda case: case["name"])
def test_an_answer_of_resolve_means_the_same_to_all_clients(case: dict[str, Any]) -> None:
    message = bindings_pb2.Binding.FromString(base64.b64decode(case["message"]))
    assert message == json_format.ParseDict(case["binding"], bindings_pb2.Binding())
    assert meaning(resolved_from_proto(message)) == case["means"]


def meaning(resolved: Resolved) -> dict[str, Any]:
    binding = resolved.binding
    return {
        "model": resolved.model,
        "version": resolved.version,
        "revision": resolved.revision,
        "artifact_digest": resolved.artifact_digest,
        "format": binding.format,
        "tags": list(binding.tags),
        "loader_tags": list(binding.loader_tags),
        "signature": binding.signature,
        "method_name": binding.method_name,
        "signature_fingerprint": binding.signature_fingerprint,
        "guessed": binding.guessed,
        "feeds": [{**tensor(feed.tensor), "use": feed.use.value} for feed in binding.feeds],
        "fetches": [tensor(fetch) for fetch in binding.fetches],
        "init_operations": list(binding.targets.init_operations),
        "diagnostics": [[diagnostic.code, diagnostic.message] for diagnostic in binding.diagnostics],
    }


def tensor(spec: TensorSpec) -> dict[str, Any]:
    return {
        "key": spec.key,
        "tensor": str(spec.ref) if spec.ref else None,
        "dtype": spec.dtype,
        "shape": shape(spec),
        "encoding": spec.encoding,
        "components": [tensor(component) for component in spec.components],
        "tensor_index": spec.tensor_index,
    }


def shape(spec: TensorSpec) -> Any:
    if not spec.has_shape:
        return None
    return "unknown" if spec.shape is None else [-1 if dim is None else dim for dim in spec.shape]


class Failed(grpc.RpcError):
    """A call's failure as grpc raises it."""

    def __init__(self, case: dict[str, Any]) -> None:
        self._case = case

    def code(self) -> grpc.StatusCode:
        return next(code for code in grpc.StatusCode if code.value[0] == self._case["code"])

    def details(self) -> str:
        return str(self._case["message"])

    def trailing_metadata(self) -> Any:
        details = self._case["details"]
        return ((STATUS_KEY, base64.b64decode(details)),) if details else ()


@pytest.mark.parametrize("case", cases("errors.json", "errors"), ids=lambda case: case["name"])
def test_a_failure_means_the_same_to_all_clients(case: dict[str, Any]) -> None:
    means, error = case["means"], from_grpc(Failed(case), "localhost:1")
    assert (error.kind.name, error.metadata.get("reason", error.reason)) == (means["kind"], means["reason"])
    if means["text"] is not None:
        assert f"{error.message} {error.hint}" == means["text"]
        assert means["metadata"].items() <= error.metadata.items()
