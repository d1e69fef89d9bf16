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
LOGITS = TensorSpec("fc3:0", TensorRef("fc3"))
BINDING = Binding("saved_model", ("serve",), "serving_default", "", (IMAGE, UNNAMED), (PROBABILITIES, LOGITS))
RESOLVED = Resolved(ModelName("team/m"), 1, "1.0", digest_of(b""), BINDING)


def test_a_feed_and_a_fetch_are_found_by_key() -> None:
    assert str(RESOLVED.feed("image").tensor.ref) == "serving_default_image:0"
    assert str(RESOLVED.fetch("probabilities").ref) == "StatefulPartitionedCall:1"
    assert BINDING.feed("image") is IMAGE


def test_a_fetch_that_was_asked_for_by_its_tensor_is_found_by_that_name() -> None:
    assert RESOLVED.fetch("fc3:0") is LOGITS


def test_a_key_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(TensorKeyNotFoundError, match=r"no feed of key 'imgae'\. Did you mean 'image'") as caught:
        RESOLVED.feed("imgae")
    assert caught.value.metadata == {"key": "imgae", "existing": "image", "nearest": "image"}
    with pytest.raises(TensorKeyNotFoundError, match="no fetch of key 'image'") as caught:
        RESOLVED.fetch("image")
    assert caught.value.hint == "There are: probabilities, fc3:0."


def test_what_has_no_key_is_not_found_by_an_empty_one() -> None:
    with pytest.raises(TensorKeyNotFoundError):
        BINDING.feed("")
