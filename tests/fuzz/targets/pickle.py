"""Pickles: an inspection that can be kept, and nothing imported."""

from inspect_and_cut import inspect_and_cut

from tfreg.core.formats.pickle_file import PickleFormat

NAME = "pickle"
SEEDS = ("stranger_pickle.pkl", "stranger_pickle_old.pkl", "stranger_joblib.joblib", b"\x80\x04N.")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    inspect_and_cut(PickleFormat(), "model.pkl", data)
