"""Running a server: health, reflection, limits, bugs, addresses, the embedded one."""

import logging
import stat
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tfreg.core.errors import RequestInvalidError
from tfreg.core.formats.registry import FORMATS
from tfreg.server.compose import RegistryServer, ServerOptions
from tfreg.server.embedded import EmbeddedServer
from tfreg.v1 import artifacts_pb2, capabilities_pb2, registry_pb2

SERVICES = {
    f"tfreg.v1.{name}" for name in ("RegistryService", "BlobService", "ArtifactService", "BindingService", "CapabilitiesService")
}


def test_capabilities_tell_version_formats_and_limits(caller) -> None:
    found = caller.capabilities.GetCapabilities(capabilities_pb2.GetCapabilitiesRequest())
    assert (found.server_version, list(found.api_versions)) == ("0.1.0", ["v1"])
    resolves = {entry.name: entry.resolves for entry in found.formats}
    assert list(resolves) == [known.name for known in FORMATS]
    assert (resolves["saved_model"], resolves["tflite"], resolves["onnx"]) == (True, True, False)
    assert found.limits.max_blob_bytes == 16 * 1024 * 1024


def test_health_is_told_for_the_server_and_each_service(caller) -> None:
    stub = health_pb2_grpc.HealthStub(caller.channel)
    for service in ("", *SERVICES):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service)).status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_lists_the_services(caller) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(caller.channel)
    (answer,) = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
    assert {service.name for service in answer.list_services_response.service} >= SERVICES


def test_a_message_over_the_limit_is_refused(caller, stores) -> None:
    error = caller.failure(
        caller.registry.GetModel, registry_pb2.GetModelRequest(model="x" * (stores.limits.max_message_bytes + 1))
    )
    assert error.reason == "LIMIT_EXCEEDED"


def test_a_bug_is_told_by_a_number_that_the_log_explains(caller, stores, frozen, monkeypatch, caplog) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret thing")

    monkeypatch.setattr(type(stores.catalog), "models", broken)
    with caplog.at_level(logging.ERROR, "tfreg.server"):
        error = caller.failure(caller.registry.ListModels, registry_pb2.ListModelsRequest())
    assert error.reason == "INTERNAL"
    assert "secret" not in str(error)
    assert error.metadata["incident"] in caplog.text
    assert "secret thing" in caplog.text


def test_a_port_that_is_taken_is_refused(caller, stores) -> None:
    server = RegistryServer(stores, ServerOptions(operable=False))
    with pytest.raises(RequestInvalidError, match="Cannot listen"):
        server.bind(caller.target)
    server.stop()


def test_the_embedded_server_is_reached_by_this_user_only_and_leaves_nothing(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "data") as server:
        folder = Path(server.target.removeprefix("unix:")).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with grpc.insecure_channel(server.target) as channel:
            call = channel.unary_unary(
                "/tfreg.v1.CapabilitiesService/GetCapabilities",
                capabilities_pb2.GetCapabilitiesRequest.SerializeToString,
                capabilities_pb2.GetCapabilitiesResponse.FromString,
            )
            assert call(capabilities_pb2.GetCapabilitiesRequest()).server_version == "0.1.0"
    assert not folder.exists()


def test_two_embedded_servers_share_a_folder(tmp_path: Path, frozen, serve) -> None:
    from tfreg.server.compose import open_stores
    from tfreg.server.embedded import close_stores

    one, two = open_stores(tmp_path), open_stores(tmp_path)
    try:
        serve(one).push("team/bert", frozen)
        second = serve(two)
        assert second.pull("team/bert") == frozen
        assert second.artifacts.Inspect(artifacts_pb2.InspectRequest(reference="team/bert")).version == 1
    finally:
        close_stores(one)
        close_stores(two)


def test_the_server_imports_no_framework() -> None:
    code = "import sys, tfreg.server.embedded; print([m for m in ('tensorflow', 'numpy', 'rich', 'typer', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
