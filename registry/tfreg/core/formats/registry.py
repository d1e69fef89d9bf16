"""The formats, a row each. `recognise` asks them in this order, the most telling first."""

from __future__ import annotations

from tfreg.core.errors import FormatUnknownError
from tfreg.core.files import FileTree
from tfreg.core.formats.format import Format
from tfreg.core.formats.frozen_graph import FrozenGraphFormat
from tfreg.core.formats.keras_h5 import KerasH5Format
from tfreg.core.formats.keras_json import KerasJsonFormat
from tfreg.core.formats.keras_v3 import KerasV3Format
from tfreg.core.formats.keras_weights import KerasWeightsFormat
from tfreg.core.formats.npz import NpzFormat
from tfreg.core.formats.onnx import OnnxFormat
from tfreg.core.formats.pickle_file import PickleFormat
from tfreg.core.formats.pytorch import PytorchFormat
from tfreg.core.formats.safetensors import SafetensorsFormat
from tfreg.core.formats.saved_model import SavedModelFormat
from tfreg.core.formats.saved_model_files import main_file
from tfreg.core.formats.tf1_checkpoint import Tf1CheckpointFormat
from tfreg.core.formats.tf2_checkpoint import Tf2CheckpointFormat
from tfreg.core.formats.tfjs import TfjsFormat
from tfreg.core.formats.tflite import TfliteFormat
from tfreg.core.trees import LocalTree

FORMATS: tuple[Format, ...] = (
    SavedModelFormat(),
    Tf2CheckpointFormat(),
    Tf1CheckpointFormat(),
    KerasV3Format(),
    KerasH5Format(),
    KerasWeightsFormat(),
    KerasJsonFormat(),
    TfliteFormat(),
    FrozenGraphFormat(),
    TfjsFormat(),
    OnnxFormat(),
    SafetensorsFormat(),
    NpzFormat(),
    PytorchFormat(),
    PickleFormat(),
)


def recognise(tree: FileTree) -> Format:
    """Returns the format of a tree, judged by its files' names and content.

    Raises:
        NotAModelError: It is in none, and the message says what was looked for and what the files look like; or it is the
            saved_model.pb of a folder, without the folder.
    """
    if isinstance(tree, LocalTree) and tree.is_file and main_file(tree) is not None:
        from tfreg.core.formats.not_a_model import without_its_folder

        raise without_its_folder(tree)
    for candidate in FORMATS:
        if candidate.recognise(tree):
            return candidate
    from tfreg.core.formats.not_a_model import not_a_model

    raise not_a_model(tree, tree.files(), ", ".join(candidate.name for candidate in FORMATS))


def format_named(name: str) -> Format:
    """Returns a format by its name.

    Raises:
        FormatUnknownError: There is none of that name.
    """
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    existing = ", ".join(candidate.name for candidate in FORMATS)
    raise FormatUnknownError(f"There is no format {name[:100]!r}.", hint=f"There are: {existing}.", existing=existing)
