"""Pickles: an inspection that can be kept, and nothing imported."""

from tfreg.core.formats.pickle_file import PickleFormat
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "pickle"
SEEDS = ("stranger_pickle.pkl", "stranger_pickle_old.pkl", "stranger_joblib.joblib", b"\x80\x04N.")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    tree = MemoryTree({"model.pkl": data})
    kind = PickleFormat()
    if not kind.recognise(tree):
        return
    inspection = kind.inspect(tree)
    assert decode(encode(inspection)) == inspection
    for spans in kind.tensor_spans(tree).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data) for span in spans)
