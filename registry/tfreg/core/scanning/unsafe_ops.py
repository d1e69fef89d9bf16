"""TensorFlow's ops that do more than compute: one table of op, code and reason.

It holds what `saved_model_cli scan` (TensorFlow 2.21: ReadFile, WriteFile, PrintV2) and modelscan (ReadFile, WriteFile) deny, and what
else of TensorFlow's registered ops opens files or connections, calls Python or ends the process. Ops that plain exports have are left
out, or told only where their node says that they do so: `PrintV2` unless it writes to a file, tables filled from assets, the saver's
own ops. A saver's ops are told by their names: the scope of the SaverDef's filename, or what TensorFlow calls them; a forger can
hide a SaveV2 behind such a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tfreg.core.diagnostics import Severity

Condition = Callable[[bytes], bool]
"""Takes the bytes of a node's NodeDef."""


@dataclass(frozen=True, slots=True)
class Unsafe:
    """What is wrong with an op.

    Attributes:
        code: The diagnostic's code.
        what: What the op does, to follow its name: "reads a file".
        severity: How bad that is; INFO where plain models may do it.
        condition: Which of its nodes count; None: all.
        spares_savers: Whether nodes of the model's own saver do not count.
    """

    code: str
    what: str
    severity: Severity = Severity.WARNING
    condition: Condition | None = None
    spares_savers: bool = False


def _prints_to_a_file(node: bytes) -> bool:
    return b"file://" in node  # attribute output_stream: "stderr", "log(info)" or "file:///..."


def _has_an_address(node: bytes) -> bool:
    return b"://" in node  # attribute debug_urls


def _opens_descriptors(node: bytes) -> bool:
    return b"descriptor_source" in node and b"local://" not in node and b"bytes://" not in node


def _has_a_given_name(node: bytes) -> bool:
    return _GIVEN_NAME.match(node) is not None  # Keras of TF1 leaves such nodes, unscoped, in the graphs that it exports


def _table(*rows: tuple[Unsafe, str]) -> dict[str, tuple[Unsafe, ...]]:
    table: dict[str, tuple[Unsafe, ...]] = {}
    for unsafe, ops in rows:
        for op in ops.split():
            table[op] = (*table.get(op, ()), unsafe)
    return table


_SAVES = "Save SaveSlices SaveV2 MergeV2Checkpoints DistributedSave"
_GIVEN_NAME = re.compile(rb"\n.(?:SaveV2|MergeV2Checkpoints)(?:_\d+)?\x12", re.DOTALL)
_READS, _WRITES, _PYTHON, _OUT, _ENDS = "TFR401", "TFR401", "TFR402", "TFR407", "TFR408"

UNSAFE_OPS = _table(
    (Unsafe(_READS, "reads a whole file"), "ReadFile WholeFileReader WholeFileReaderV2"),
    (Unsafe(_READS, "lists a folder's files"), "MatchingFiles MatchingFilesDataset ExperimentalMatchingFilesDataset"),
    (
        Unsafe(_READS, "reads records of files"),
        "FixedLengthRecordReader FixedLengthRecordReaderV2 TextLineReader TextLineReaderV2 TFRecordReader TFRecordReaderV2 LMDBReader"
        " RecordInput FixedLengthRecordDataset FixedLengthRecordDatasetV2 TextLineDataset TFRecordDataset TFRecordDatasetV2 CSVDataset"
        " CSVDatasetV2 ExperimentalCSVDataset LMDBDataset ExperimentalLMDBDataset LoadDataset ListSnapshotChunksDataset"
        " SnapshotChunkDataset SnapshotDatasetReader SnapshotNestedDatasetReader",
    ),
    (Unsafe(_READS, "reads a database"), "SqlDataset ExperimentalSqlDataset"),
    (Unsafe(_READS, "reads a file of message descriptors", Severity.INFO, _opens_descriptors), "DecodeProtoV2 EncodeProto"),
    (
        Unsafe(_READS, "reads a checkpoint, besides what the model's own saver restores", Severity.INFO, spares_savers=True),
        "Restore RestoreSlice RestoreV2 DTensorRestoreV2 LoadAndRemapMatrix GenerateVocabRemapping",
    ),
    (Unsafe(_WRITES, "writes a file"), "WriteFile"),
    (Unsafe(_WRITES, "prints to a file", Severity.WARNING, _prints_to_a_file), "PrintV2"),
    (Unsafe(_WRITES, "prints to the output of the program that runs it", Severity.INFO), "PrintV2"),
    (
        Unsafe(
            _WRITES,
            "may write checkpoints, as Keras of TF1 left it",
            Severity.INFO,
            _has_a_given_name,
            spares_savers=True,
        ),
        _SAVES,
    ),
    (
        Unsafe(_WRITES, "writes checkpoints, besides the model's own saver", Severity.WARNING, spares_savers=True),
        _SAVES,
    ),
    (
        Unsafe(_WRITES, "writes a data set to files"),
        "DatasetToTFRecord ExperimentalDatasetToTFRecord SaveDataset SaveDatasetV2 SnapshotDataset SnapshotDatasetV2",
    ),
    (Unsafe(_WRITES, "writes event files"), "CreateSummaryFileWriter CreateSummaryDbWriter"),
    (Unsafe(_WRITES, "changes how files are opened"), "FileSystemSetConfiguration"),
    (Unsafe(_PYTHON, "calls a Python function"), "PyFunc PyFuncStateless EagerPyFunc"),
    (
        Unsafe(_OUT, "opens connections"),
        "RpcServer RpcServerStart RpcServerRegister RpcClient RpcCall RegisterDataset RegisterDatasetV2 DataServiceDataset"
        " DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4",
    ),
    (
        Unsafe(_OUT, "sends what passes by to an address", Severity.WARNING, _has_an_address),
        "DebugIdentity DebugIdentityV2 DebugIdentityV3 DebugNanCount DebugNumericSummary",
    ),
    (Unsafe(_OUT, "runs a graph that it gets as data, which is not looked into"), "DatasetFromGraph RemoteFusedGraphExecute"),
    (Unsafe(_ENDS, "ends the process"), "Abort"),
)
"""What each op does that a caller may not want; where there are several rows, the first whose condition holds counts."""
