"""Tensors and nodes over the wire: lists in pages, values as streams, errors with their reasons."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tfreg.core.errors import (
    NoGraphError,
    PageTokenInvalidError,
    RequestInvalidError,
    SliceInvalidError,
    TagSetNotFoundError,
    TensorNotFoundError,
)
from tfreg.v1 import artifacts_pb2 as pb


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def partitioned(caller: Any, models: Path) -> Any:
    caller.push("team/parts", files_of(models / "tf1_partitioned"))
    return caller


@pytest.fixture
def constants(caller: Any, models: Path) -> Any:
    caller.push("team/frozen", {"graph.pb": (models / "frozen_large_const.pb").read_bytes()})
    return caller


def read(caller: Any, reference: str, *selections: pb.TensorSelection) -> list[tuple[pb.TensorHeader, bytes]]:
    found: list[tuple[pb.TensorHeader, bytes]] = []
    for message in caller.artifacts.ReadTensors(pb.ReadTensorsRequest(reference=reference, tensors=selections)):
        if message.WhichOneof("part") == "header":
            found.append((message.header, b""))
        else:
            header, content = found[-1]
            found[-1] = header, content + message.content
    return found


def test_values_come_each_with_a_header_in_the_order_asked(partitioned: Any) -> None:
    whole, box = read(
        partitioned,
        "team/parts",
        pb.TensorSelection(name="embedding"),
        pb.TensorSelection(name="matrix", begin=[2, 3], size=[-1, 2]),
    )
    assert (whole[0].name, whole[0].dtype, list(whole[0].shape.dims), whole[0].size_bytes) == (
        "embedding",
        "float32",
        [10, 8],
        320,
    )
    assert len(whole[1]) == 320
    ((_, content),) = read(partitioned, "team/parts", pb.TensorSelection(name="matrix"))
    matrix = np.frombuffer(content, np.float32).reshape(8, 6)
    assert box[1] == matrix[2:, 3:5].tobytes()


def test_a_small_constant_of_the_graph_is_a_value_too(constants: Any) -> None:
    nodes = constants.artifacts.ListNodes(pb.ListNodesRequest(reference="team/frozen", ops=["Const"])).nodes
    listed = {tensor.name for tensor in constants.artifacts.ListTensors(pb.ListTensorsRequest(reference="team/frozen")).tensors}
    small = next(node.name for node in nodes if node.name not in listed)
    ((header, content),) = read(constants, "team/frozen", pb.TensorSelection(name=small))
    assert content
    assert header.size_bytes == (-1 if header.dtype == "string" else len(content))


def test_a_large_value_comes_in_pieces_of_a_mebibyte(constants: Any) -> None:
    sizes = [
        len(message.content)
        for message in constants.artifacts.ReadTensors(
            pb.ReadTensorsRequest(reference="team/frozen", tensors=[pb.TensorSelection(name="big")])
        )
    ]
    assert max(sizes) <= 1 << 20


@pytest.mark.parametrize(
    ("selections", "error"),
    [
        ([], RequestInvalidError),
        ([pb.TensorSelection(name="embeding")], TensorNotFoundError),
        ([pb.TensorSelection(name="matrix"), pb.TensorSelection(name="embedding", begin=[11])], SliceInvalidError),
    ],
)
def test_what_cannot_be_read_is_refused_before_the_first_byte(
    partitioned: Any, selections: list[pb.TensorSelection], error: type[Exception]
) -> None:
    request = pb.ReadTensorsRequest(reference="team/parts", tensors=selections)
    failure = partitioned.failure(lambda: list(partitioned.artifacts.ReadTensors(request)))
    assert isinstance(failure, error)
    if error is TensorNotFoundError:
        assert failure.metadata["nearest"] == "embedding"


def test_tensors_are_listed_by_prefix_and_with_digests(partitioned: Any) -> None:
    request = pb.ListTensorsRequest(reference="team/parts", prefix="matrix", with_digests=True)
    tensors = partitioned.artifacts.ListTensors(request).tensors
    assert [tensor.part.name for tensor in tensors] == ["matrix", "matrix"]
    assert all(tensor.digest.startswith("sha256:") for tensor in tensors)
    assert not any(t.digest for t in partitioned.artifacts.ListTensors(pb.ListTensorsRequest(reference="team/parts")).tensors)


def test_the_digest_of_a_tensor_does_not_depend_on_how_its_file_was_cut(constants: Any) -> None:
    tensors = constants.artifacts.ListTensors(pb.ListTensorsRequest(reference="team/frozen", with_digests=True)).tensors
    digests = {tensor.name: tensor.digest for tensor in tensors}
    assert digests["big"] == digests["big_again"] != digests["ramp"]


def test_a_page_token_is_of_one_prefix_only(partitioned: Any) -> None:
    page = partitioned.artifacts.ListTensors(pb.ListTensorsRequest(reference="team/parts", page_size=1))
    other = pb.ListTensorsRequest(reference="team/parts", page_token=page.next_page_token, prefix="m")
    assert isinstance(partitioned.failure(partitioned.artifacts.ListTensors, other), PageTokenInvalidError)


@pytest.mark.parametrize("page_size", [1, 7, 1000])
def test_pages_of_nodes_are_the_whole_list_functions_included(caller: Any, models: Path, page_size: int) -> None:
    caller.push("team/calls", {"graph.pb": (models / "frozen_functions.pb").read_bytes()})
    names, token = [], ""
    while True:
        request = pb.ListNodesRequest(reference="team/calls", with_functions=True, page_size=page_size, page_token=token)
        page = caller.artifacts.ListNodes(request)
        names += [(node.function, node.name) for node in page.nodes]
        token = page.next_page_token
        if not token:
            break
    assert len(names) == len(set(names))
    assert names[0][0] == ""
    assert names[-1][0]
    whole = caller.artifacts.ListNodes(pb.ListNodesRequest(reference="team/calls", with_functions=True, page_size=1000))
    assert names == [(node.function, node.name) for node in whole.nodes]


def test_nodes_of_a_tag_set_and_of_what_has_none(caller: Any, models: Path) -> None:
    caller.push("team/tags", files_of(models / "tf1_multi_tag"))
    found = caller.artifacts.ListNodes(pb.ListNodesRequest(reference="team/tags", tags=["serve", "gpu"], prefix="gpu_tower/"))
    assert found.nodes
    unknown = pb.ListNodesRequest(reference="team/tags", tags=["tpu"])
    assert isinstance(caller.failure(caller.artifacts.ListNodes, unknown), TagSetNotFoundError)
    caller.push("team/weights", {"w.weights.h5": (models / "same_keras_weights.weights.h5").read_bytes()})
    assert isinstance(caller.failure(caller.artifacts.ListNodes, pb.ListNodesRequest(reference="team/weights")), NoGraphError)


def test_nodes_of_very_many_ops_are_listed_in_pages_too(constants: Any) -> None:
    ops = ["Const", *(f"Op{number}" for number in range(20_000))]
    page = constants.artifacts.ListNodes(pb.ListNodesRequest(reference="team/frozen", ops=ops, page_size=1))
    rest = pb.ListNodesRequest(reference="team/frozen", ops=ops, page_token=page.next_page_token)
    found = [*page.nodes, *constants.artifacts.ListNodes(rest).nodes]
    assert [node.name for node in found][:4] == ["big", "big_again", "small", "ramp"]
    assert {node.op for node in found} == {"Const"}


def test_a_name_that_would_be_costly_to_look_up_is_looked_up_at_once(constants: Any) -> None:
    request = pb.ReadTensorsRequest(reference="team/frozen", tensors=[pb.TensorSelection(name="a/" * 100_000)])
    started = time.monotonic()
    failure = constants.failure(lambda: list(constants.artifacts.ReadTensors(request)))
    assert isinstance(failure, TensorNotFoundError)
    assert time.monotonic() - started < 10  # looked up word by word: minutes


def test_a_column_does_not_come_as_a_message_an_element(partitioned: Any) -> None:
    selection = pb.TensorSelection(name="matrix", size=[-1, 1])
    messages = list(partitioned.artifacts.ReadTensors(pb.ReadTensorsRequest(reference="team/parts", tensors=[selection])))
    assert [message.WhichOneof("part") for message in messages] == ["header", "content"]


def test_a_large_chunk_of_an_hdf5_file_comes_in_pieces_that_fit_messages(caller: Any) -> None:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.ones((1, 5_000_000), ">f4"))
    caller.push("team/wide", {"wide.weights.h5": content.getvalue()})
    ((header, value),) = read(caller, "team/wide", pb.TensorSelection(name="layers/dense/vars/0"))
    assert header.size_bytes == len(value) == 20_000_000
    assert value[:4] == np.float32(1).tobytes()
