"""Which checkpoints lie at the root of a folder, judged by names and a few bytes, and which of them is the newest.

A V2 checkpoint is `<prefix>.index` and `<prefix>.data-N-of-M`; a V1 checkpoint is the one file `<prefix>` or its shards
`<prefix>-N-of-M`. Beside both a TF1 program writes `<prefix>.meta`, its graph. The prefix may be empty. The state file `checkpoint`
names the newest one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.sstable import Place, find, is_sstable, places
from tfreg.core.codecs.text_format import binary_of
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileTree
from tfreg.core.formats.variables import OBJECT_GRAPH

STATE_FILE = "checkpoint"
GRAPH_FILE = "graph.pbtxt"
_MAX_STATE_BYTES = 4 << 20
_MAX_LOOKED_AT = 1_000  # files that could be V1 checkpoints
_INDEX, _META = ".index", ".meta"
_DATA = re.compile(r"(.*)\.data-\d{5}-of-\d{5}", re.DOTALL)
_SHARD = re.compile(r"(.*)-(?:\d{5}|\?{5})-of-\d{5}", re.DOTALL)  # question marks: what Saver.save returns for V1 shards
_STEP = re.compile(r".*-(\d{1,18})", re.DOTALL)
_META_INFO, _GRAPH_DEF = 1, 2  # field numbers of MetaGraphDef
_SLICES_META = 1  # field number of SavedTensorSlices


@dataclass(slots=True)
class Checkpoint:
    """The files of one checkpoint.

    Attributes:
        prefix: What its files' names begin with, as `Saver.restore` takes it.
        index: Path of its index; empty if it is missing, or the checkpoint is V1.
        data: Paths of its data files, sorted.
        tables: Paths of the files of a V1 checkpoint, sorted.
        meta: Path of its MetaGraphDef; empty if there is none.
    """

    prefix: str
    index: str = ""
    data: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    meta: str = ""

    @property
    def files(self) -> list[str]:
        """Paths of all its files."""
        return [path for path in (self.index, *self.data, *self.tables, self.meta) if path]

    @property
    def is_v1(self) -> bool:
        """Whether it is a V1 checkpoint."""
        return bool(self.tables) and not self.index and not self.data

    @property
    def has_values(self) -> bool:
        """Whether the files with the values seem to be there."""
        return bool((self.index and self.data) or self.tables)

    @property
    def step(self) -> int | None:
        """The step in its name: 300 of `model.ckpt-300`."""
        found = _STEP.fullmatch(self.prefix)
        return int(found[1]) if found else None


def checkpoints_in(tree: FileTree) -> list[Checkpoint]:
    """Returns the checkpoints at the root of a tree, oldest first.

    They come by step, then by name; those without their values before all others; the one that the state file names last.
    """
    found: dict[str, Checkpoint] = {}
    paths = [file.path for file in tree.files() if "/" not in file.path]
    strangers = [path for path in paths if not _sorted_in(path, found)]
    _find_tables(tree, strangers, found)
    real = [checkpoint for checkpoint in found.values() if _is_real(tree, checkpoint)]
    newest = _named_newest(tree, STATE_FILE in paths)
    return sorted(
        real, key=lambda one: (one.has_values, one.prefix == newest, -1 if one.step is None else one.step, _natural(one.prefix))
    )


def newest_in(tree: FileTree) -> Checkpoint | None:
    """Returns the newest checkpoint at the root of a tree; None if there is none."""
    found = checkpoints_in(tree)
    return found[-1] if found else None


def files_of(tree: FileTree, checkpoint: Checkpoint) -> tuple[str, ...]:
    """Returns the files that belong to an artifact of this checkpoint: its own, and the graph's text where a TF1 one has no .meta."""
    there = not checkpoint.meta and any(file.path == GRAPH_FILE for file in tree.files())
    graph = [GRAPH_FILE] if there and not has_objects_only(tree, checkpoint) else []
    return tuple(sorted([*checkpoint.files, *graph], key=str.encode))


def has_objects_only(tree: FileTree, checkpoint: Checkpoint) -> bool:
    """Returns whether it is a TF2 checkpoint: the values belong to objects, and there is no graph. Its index says so."""
    if checkpoint.meta or not checkpoint.index:
        return False
    with tree.open(checkpoint.index) as reader:
        try:
            return find(reader, OBJECT_GRAPH.encode()) is not None
        except CodecError:
            return False


def prefix_of(name: str) -> str:
    """Returns the prefix that a file's name, or a prefix as TensorFlow prints it, stands for."""
    for suffix in (_INDEX, _META):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    found = _DATA.fullmatch(name) or _SHARD.fullmatch(name)
    return found[1] if found else name


def may_belong(name: str, prefix: str) -> bool:
    """Returns whether a file of this name can be part of the checkpoint of this prefix."""
    return name == GRAPH_FILE or prefix_of(name) == prefix


def _sorted_in(path: str, found: dict[str, Checkpoint]) -> bool:
    """Adds a file that has a checkpoint's suffix to its checkpoint; returns whether it has one."""
    prefix = prefix_of(path)
    if path.endswith(_INDEX):
        found.setdefault(prefix, Checkpoint(prefix)).index = path
    elif path.endswith(_META):
        found.setdefault(prefix, Checkpoint(prefix)).meta = path
    elif _DATA.fullmatch(path):
        found.setdefault(prefix, Checkpoint(prefix)).data.append(path)
    else:
        return False
    return True


def _find_tables(tree: FileTree, paths: Iterable[str], found: dict[str, Checkpoint]) -> None:
    """Looks for V1 checkpoints, which have no suffix: tables that hold the right thing, or damaged ones that a .meta tells."""
    for path in list(paths)[:_MAX_LOOKED_AT]:
        prefix = prefix_of(path)
        known = found.get(prefix)
        if known is not None and (known.index or known.data):
            continue
        damaged = known is not None and path not in (STATE_FILE, GRAPH_FILE) and _is_meta_graph(tree, known.meta)
        if damaged or is_v1_table(tree, path):
            found.setdefault(prefix, Checkpoint(prefix)).tables.append(path)


def is_v1_table(tree: FileTree, path: str) -> bool:
    """Returns whether a file is a V1 checkpoint or a shard of one: a table that begins with what it holds."""
    with tree.open(path) as reader:
        if not is_sstable(reader):
            return False
        try:
            head = next(places(reader), Place(b"", 0, 0))
            first = next(scan(reader, head.offset, head.offset + head.length), None)
        except CodecError:
            return False
        # A V2 index has a BundleHeaderProto there, whose field 1 is a number.
        return not head.key and first is not None and first.number == _SLICES_META and first.wire_type == LENGTH_DELIMITED


def _is_real(tree: FileTree, checkpoint: Checkpoint) -> bool:
    """Returns whether there is more to a checkpoint than a name that others use too."""
    if checkpoint.tables or checkpoint.data:
        return True
    if checkpoint.index:
        with tree.open(checkpoint.index) as reader:
            if is_sstable(reader):
                return True
    return _is_meta_graph(tree, checkpoint.meta)


def _is_meta_graph(tree: FileTree, path: str) -> bool:
    """Returns whether a .meta file is one of TensorFlow's; other programs write files of that name too."""
    if not path:
        return False
    with tree.open(path) as reader:
        try:
            numbers = [found.number for found, _ in zip(scan(reader, 0, reader.size_bytes), range(2), strict=False)]
        except CodecError:
            return False
    return numbers[:1] == [_GRAPH_DEF] or numbers == [_META_INFO, _GRAPH_DEF]


def _named_newest(tree: FileTree, there: bool) -> str | None:
    """Returns the plain name of the newest checkpoint by the state file, whose folders are those of the machine that wrote it."""
    if not there:
        return None
    from tfreg.wire.checkpoint_pb2 import CheckpointState

    try:
        with tree.open(STATE_FILE) as reader:
            state = CheckpointState.FromString(binary_of(reader, CheckpointState, _MAX_STATE_BYTES))
    except CodecError:
        return None
    path = state.model_checkpoint_path
    return prefix_of(re.split(r"[/\\]", path)[-1]) if path else None


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    """Returns a key by which `cp-9` comes before `cp-10`."""
    parts = re.split(r"(\d+)", name)
    return tuple((text, int(number[:18] or 0)) for text, number in zip(parts[::2], [*parts[1::2], "0"], strict=True))
