"""A binding is looked up by the keys that a caller knows."""

import pytest

from tfreg.core.bindings import Binding, Feed, FeedUse, Resolved
from tfreg.core.digests import digest_of
from tfreg.core.errors import TensorKeyNotFoundError
from tfreg.core.names import ModelName
from tfreg.core.tensors import TensorRef, TensorSpec

IMAGE = Feed(TensorSpec("image", TensorRef("serving_default_image")), FeedUse.REQUIRED)
UNNAMED = Feed(TensorSpec("", TensorRef("keep_prob")), FeedUse.REQUIRED)
PROBABILITIES = TensorSpec("probabilities", TensorRef("StatefulPartitionedCall", 1))
LOGITS = TensorSpec("", TensorRef("fc3"))
BINDING = Binding("saved_model", ("serve",), "serving_default", "", (IMAGE, UNNAMED), (PROBABILITIES, LOGITS))
RESOLVED = Resolved(ModelName("team/m"), 1, "1.0", digest_of(b""), BINDING)


def test_a_feed_and_a_fetch_are_found_by_key() -> None:
    assert str(RESOLVED.feed("image").tensor.ref) == "serving_default_image:0"
    assert str(RESOLVED.fetch("probabilities").ref) == "StatefulPartitionedCall:1"
    assert BINDING.feed("image") is IMAGE


@pytest.mark.parametrize("name", ["fc3:0", "fc3"])
def test_a_tensor_that_no_signature_names_is_found_by_its_own_name(name: str) -> None:
    assert RESOLVED.fetch(name) is LOGITS
    assert RESOLVED.feed("keep_prob:0") is UNNAMED


def test_a_tensor_that_has_a_key_is_found_by_that_only() -> None:
    with pytest.raises(TensorKeyNotFoundError):
        RESOLVED.feed("serving_default_image:0")


def test_a_key_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(TensorKeyNotFoundError, match=r"no feed of key 'imgae'\. Did you mean 'image'") as caught:
        RESOLVED.feed("imgae")
    assert caught.value.metadata == {"key": "imgae", "existing": "image, keep_prob:0", "nearest": "image"}
    with pytest.raises(TensorKeyNotFoundError, match="no fetch of key 'image'") as caught:
        RESOLVED.fetch("image")
    assert caught.value.hint == "There are: probabilities, fc3:0."


def test_nothing_is_found_by_an_empty_key() -> None:
    with pytest.raises(TensorKeyNotFoundError):
        BINDING.feed("")
    with pytest.raises(TensorKeyNotFoundError, match="There is no fetch at all"):
        Binding("saved_model", (), "", "", (), ()).fetch("y")
