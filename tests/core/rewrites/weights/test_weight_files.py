"""Weights as .npz and .safetensors, read back by the libraries that these formats are of."""

from __future__ import annotations

import io

import pytest

from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.pieces import Inline, Slice, chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.rewrites.weights import weights_of
from tfreg.core.rewrites.weights_to_npz import rewrite as to_npz
from tfreg.core.rewrites.weights_to_safetensors import rewrite as to_safetensors
from tfreg.core.trees import MemoryTree

np = pytest.importorskip("numpy")

EVERY = ["same_keras_saved_model", "same_keras_checkpoint", "same_keras_v3.keras", "same_keras_h5.h5", "frozen_tf1.pbtxt"]
EVERY += ["checkpoint_v1", "checkpoint_tf1_partitioned", "keras_2_hdf5_2_15_gzip.h5", "stranger_safetensors.safetensors"]


def npz(source: Source) -> tuple[Rewritten, dict]:
    found = to_npz(RewriteRequest(source, "npz"))
    with np.load(io.BytesIO(b"".join(chunks_of(found.tree.pieces("model.npz"))))) as loaded:
        return found, dict(loaded)


def safetensors(source: Source) -> tuple[Rewritten, dict]:
    found = to_safetensors(RewriteRequest(source, "safetensors"))
    content = b"".join(chunks_of(found.tree.pieces("model.safetensors")))
    return found, dict(pytest.importorskip("safetensors").deserialize(content))


@pytest.mark.parametrize("name", EVERY)
def test_numpy_reads_every_weight(source_of, name):
    source = source_of(name)
    _, loaded = npz(source)
    weights = weights_of(source)
    assert set(loaded) == {weight.name for weight in weights}
    for weight in weights:
        found = loaded[weight.name]
        assert found.shape == weight.shape
        if weight.dtype != "bfloat16":
            assert (found.dtype.name, found.tobytes()) == (weight.dtype, b"".join(chunks_of(weight.pieces)))


@pytest.mark.parametrize("name", [*EVERY, "keras_3_types_v3.keras"])
def test_safetensors_reads_every_weight(source_of, name):
    source = source_of(name)
    _, loaded = safetensors(source)
    for weight in weights_of(source):
        assert bytes(loaded[weight.name]["data"]) == b"".join(chunks_of(weight.pieces))
        assert tuple(loaded[weight.name]["shape"]) == weight.shape


def test_what_numpy_lacks_is_written_as_what_holds_the_same_values(source_of):
    found, loaded = npz(source_of("checkpoint_types"))
    assert loaded["bfloat16"].dtype == np.float32
    assert loaded["string"].dtype.kind == "S"
    assert any("bfloat16 is written as float32" in note.message for note in found.notes)


def test_what_safetensors_lacks_is_left_out_and_told(source_of):
    found, loaded = safetensors(source_of("checkpoint_types"))
    assert not {"string", "complex128"} & set(loaded)
    assert {note.code for note in found.notes} == {"TFR501"}
    assert any("complex128" in note.message for note in found.notes)


def test_weights_of_any_size_of_elements_are_aligned(source_of):
    found, _ = safetensors(source_of("checkpoint_types"))
    made = source_of(found.tree)
    sizes = {"float64": 8, "int64": 8, "float32": 4, "int32": 4, "bfloat16": 2, "float16": 2}
    assert all(one.offset_bytes % sizes[one.dtype] == 0 for one in made.inspection.tensors if one.dtype in sizes)


@pytest.mark.parametrize("rewrite", [to_npz, to_safetensors])
def test_no_weight_is_copied(source_of, rewrite):
    found = rewrite(RewriteRequest(source_of("same_keras_v3.keras"), "npz"))
    pieces = found.tree.pieces("model.npz")
    assert {type(piece) for piece in pieces} == {Inline, Slice}
    assert sum(piece.length_bytes for piece in pieces if isinstance(piece, Inline)) < 6000


def test_an_artifact_without_weights_is_refused(source_of):
    with pytest.raises(ConversionRefusedError, match="no weights"):
        npz(source_of(MemoryTree({"model.safetensors": (2).to_bytes(8, "little") + b"{}"})))


def test_a_file_that_is_cut_off_is_refused_as_such(source_of, tmp_path):
    name = "keras_3_sequential_v3.keras"
    with source_of(name).tree.open(name) as whole:
        (tmp_path / "cut.keras").write_bytes(whole.read_at(0, whole.size_bytes // 2))
    with pytest.raises(ConversionRefusedError, match=r"No weights of .*cut\.keras can be read: .* at its end") as refused:
        npz(source_of(tmp_path / "cut.keras"))
    assert refused.value.metadata["code"] == "TFR101"
