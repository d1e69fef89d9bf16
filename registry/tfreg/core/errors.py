"""The errors of tfreg, as one tree.

Each class is one stable reason. `kind` tells what a caller can do about it and decides the grpc status code and the CLI's exit
code; `reason` is the name that programs switch on; `metadata` holds the facts of the case; `hint` the next step. docs/errors.md is
checked against this tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What a caller can do: the names are those of grpc's status codes."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    DATA_LOSS = "DATA_LOSS"
    UNAVAILABLE = "UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    CANCELLED = "CANCELLED"
    INTERNAL = "INTERNAL"


class TfregError(Exception):
    """Base of all errors that tfreg raises on purpose.

    Args:
        message: One sentence that names the thing and the reason.
        hint: The next step. Empty if there is none.
        metadata: Facts of the case for programs; values are strings, lists joined by a comma and a space.
    """

    reason: ClassVar[str] = "INTERNAL"
    kind: ClassVar[Kind] = Kind.INTERNAL

    def __init__(self, message: str, *, hint: str = "", **metadata: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.metadata: dict[str, str] = metadata

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


def error_types(root: type[TfregError] = TfregError) -> Iterator[type[TfregError]]:
    """Yields every class of the tree below `root` that has a reason of its own, depth first."""
    for child in root.__subclasses__():
        if "reason" in child.__dict__:
            yield child
        yield from error_types(child)


# ---- what the caller said is wrong ----


class InvalidArgumentError(TfregError):
    """The request itself is wrong; sending it again will not help."""

    kind = Kind.INVALID_ARGUMENT


class ModelNameInvalidError(InvalidArgumentError):
    """A model name breaks the grammar."""

    reason = "MODEL_NAME_INVALID"


class AliasInvalidError(InvalidArgumentError):
    """An alias breaks the grammar."""

    reason = "ALIAS_INVALID"


class ReferenceInvalidError(InvalidArgumentError):
    """A reference breaks the grammar."""

    reason = "REFERENCE_INVALID"


class DigestInvalidError(InvalidArgumentError):
    """A digest is not `sha256:` and 64 lower-case hex digits."""

    reason = "DIGEST_INVALID"


class LabelInvalidError(InvalidArgumentError):
    """A label's key or value breaks the limits."""

    reason = "LABEL_INVALID"


class PathInvalidError(InvalidArgumentError):
    """A path within an artifact is unsafe or not portable."""

    reason = "PATH_INVALID"


class ManifestInvalidError(InvalidArgumentError):
    """A manifest is empty, too long, or holds colliding paths."""

    reason = "MANIFEST_INVALID"


class LayoutInvalidError(InvalidArgumentError):
    """A layout does not fit its manifest or its blobs."""

    reason = "LAYOUT_INVALID"


class AttachmentInvalidError(InvalidArgumentError):
    """An attachment's role or file is wrong."""

    reason = "ATTACHMENT_INVALID"


class NotAModelError(InvalidArgumentError):
    """The files are in no format that tfreg knows."""

    reason = "NOT_A_MODEL"


class FormatUnknownError(InvalidArgumentError):
    """There is no format of that name."""

    reason = "FORMAT_UNKNOWN"


class FormatMismatchError(InvalidArgumentError):
    """The files are not in the format that the caller named."""

    reason = "FORMAT_MISMATCH"


class SignatureInvalidError(InvalidArgumentError):
    """A signature that is to be declared does not fit its graph."""

    reason = "SIGNATURE_INVALID"


class SliceInvalidError(InvalidArgumentError):
    """A slice of a tensor passes the tensor's shape."""

    reason = "SLICE_INVALID"


class DigestMismatchError(InvalidArgumentError):
    """Bytes do not have the digest that was announced."""

    reason = "DIGEST_MISMATCH"


class SizeMismatchError(InvalidArgumentError):
    """Bytes do not have the size that was announced."""

    reason = "SIZE_MISMATCH"


class StreamInvalidError(InvalidArgumentError):
    """The messages of a stream come in an order that makes no sense."""

    reason = "STREAM_INVALID"


class BlobTooLargeError(InvalidArgumentError):
    """A blob passes the limit; files are cut."""

    reason = "BLOB_TOO_LARGE"


class RangeInvalidError(InvalidArgumentError):
    """A range passes the end of its blob."""

    reason = "RANGE_INVALID"


class PageTokenInvalidError(InvalidArgumentError):
    """A page token was not made by this list."""

    reason = "PAGE_TOKEN_INVALID"


class RequestInvalidError(InvalidArgumentError):
    """A request or a command line is wrong in a way that has no reason of its own."""

    reason = "REQUEST_INVALID"


class OptionUnsupportedError(InvalidArgumentError):
    """No step of the conversion takes an option that was given."""

    reason = "OPTION_UNSUPPORTED"


class ExpressionInvalidError(InvalidArgumentError):
    """An input's expression is not among those that are evaluated."""

    reason = "EXPRESSION_INVALID"


class LockInvalidError(InvalidArgumentError):
    """A lock file is none, or was written by a newer tfreg."""

    reason = "LOCK_INVALID"


class InputsInvalidError(InvalidArgumentError):
    """Inputs for a run do not fit the signature: a key is missing or unknown, a dtype or a shape is another."""

    reason = "INPUTS_INVALID"


class RuntimeInvalidError(InvalidArgumentError):
    """The profile of a runtime, or its list of ops, is not what it should be."""

    reason = "RUNTIME_INVALID"


# ---- what the caller named is not there ----


class NotFoundError(TfregError):
    """The thing named does not exist; metadata `existing` and `nearest` say what does."""

    kind = Kind.NOT_FOUND


class ModelNotFoundError(NotFoundError):
    """No such model."""

    reason = "MODEL_NOT_FOUND"


class VersionNotFoundError(NotFoundError):
    """No such version of the model."""

    reason = "VERSION_NOT_FOUND"


class AliasNotFoundError(NotFoundError):
    """No such alias of the model."""

    reason = "ALIAS_NOT_FOUND"


class ArtifactNotFoundError(NotFoundError):
    """No version of the model has an artifact of that digest."""

    reason = "ARTIFACT_NOT_FOUND"


class TagSetNotFoundError(NotFoundError):
    """No MetaGraphDef has that tag set."""

    reason = "TAG_SET_NOT_FOUND"


class SignatureNotFoundError(NotFoundError):
    """No signature of that key."""

    reason = "SIGNATURE_NOT_FOUND"


class OutputNotFoundError(NotFoundError):
    """Neither an output key of the signature nor a tensor of the graph."""

    reason = "OUTPUT_NOT_FOUND"


class TensorKeyNotFoundError(NotFoundError):
    """A binding has no feed, or no fetch, of that key."""

    reason = "TENSOR_KEY_NOT_FOUND"


class TensorNotFoundError(NotFoundError):
    """The artifact stores no tensor of that name or path."""

    reason = "TENSOR_NOT_FOUND"


class JobNotFoundError(NotFoundError):
    """No such conversion job."""

    reason = "JOB_NOT_FOUND"


class FunctionNotFoundError(NotFoundError):
    """The SavedModel has no traced function of that name, or none with such arguments."""

    reason = "FUNCTION_NOT_FOUND"


class RuntimeNotFoundError(NotFoundError):
    """No runtime of this digest is registered here."""

    reason = "RUNTIME_NOT_FOUND"


class BlobNotFoundError(NotFoundError):
    """No such blob."""

    reason = "BLOB_NOT_FOUND"


class LeaseNotFoundError(NotFoundError):
    """The lease is unknown or has expired."""

    reason = "LEASE_NOT_FOUND"


class PathNotFoundError(NotFoundError):
    """No such local file or folder."""

    reason = "PATH_NOT_FOUND"


# ---- the state forbids it ----


class FailedPreconditionError(TfregError):
    """The request is fine but the state of the model forbids it; the hint says what to change."""

    kind = Kind.FAILED_PRECONDITION


class BlobMissingError(FailedPreconditionError):
    """A layout names a blob that is not stored."""

    reason = "BLOB_MISSING"


class ModelBrokenError(FailedPreconditionError):
    """The artifact has problems of severity error."""

    reason = "MODEL_BROKEN"


class VersionAliasedError(FailedPreconditionError):
    """Aliases point at the version."""

    reason = "VERSION_ALIASED"


class FormatNotStoredError(FailedPreconditionError):
    """The version has no artifact in a format that the caller can load."""

    reason = "FORMAT_NOT_STORED"


class TagSetAmbiguousError(FailedPreconditionError):
    """Several tag sets, none of them exactly `serve`, and none was named."""

    reason = "TAG_SET_AMBIGUOUS"


class SignatureAmbiguousError(FailedPreconditionError):
    """Several signatures, none of them `serving_default`, and none was named."""

    reason = "SIGNATURE_AMBIGUOUS"


class NoSignaturesError(FailedPreconditionError):
    """A TF2 SavedModel without signatures."""

    reason = "NO_SIGNATURES"


class SignatureExistsError(FailedPreconditionError):
    """The artifact has an own signature of the key that is to be declared."""

    reason = "SIGNATURE_EXISTS"


class NoGraphError(FailedPreconditionError):
    """The format holds no graph."""

    reason = "NO_GRAPH"


class GraphUnreadableError(FailedPreconditionError):
    """The artifact's graph is damaged, so that no names can be given."""

    reason = "GRAPH_UNREADABLE"


class ConversionRefusedError(FailedPreconditionError):
    """The conversion cannot be done with this model; the message says what stands in the way."""

    reason = "CONVERSION_REFUSED"


class NoRouteError(ConversionRefusedError):
    """No path over the table of conversions leads there; the message says which step is missing and what would help."""

    reason = "NO_ROUTE"


class OutputsRequiredError(ConversionRefusedError):
    """The graph has no signature and no outputs were named; the metadata ranks the candidates."""

    reason = "OUTPUTS_REQUIRED"


class TrainingGraphError(ConversionRefusedError):
    """The checkpoint's own graph is for training: give the inference graph."""

    reason = "TRAINING_GRAPH"


class OpUnsupportedError(ConversionRefusedError):
    """An op that the conversion cannot take; the metadata names the node and the function."""

    reason = "OP_UNSUPPORTED"


class WeightsMismatchError(ConversionRefusedError):
    """Weights do not fit the graph or the architecture: some are missing, or have another shape."""

    reason = "WEIGHTS_MISMATCH"


class GraphTooLargeError(ConversionRefusedError):
    """The GraphDef would have more than 2^31 - 1 bytes, which TensorFlow cannot parse."""

    reason = "GRAPH_TOO_LARGE"


class ShapeFixedError(ConversionRefusedError):
    """A shape cannot be changed, for a node holds the old one as a constant; the metadata names it."""

    reason = "SHAPE_FIXED"


class ForeignCodeError(ConversionRefusedError):
    """The model runs code of its author's own when it is loaded, and the server does not allow that."""

    reason = "FOREIGN_CODE"


class SandboxUnavailableError(FailedPreconditionError):
    """Models of strangers cannot be run safely on this machine."""

    reason = "SANDBOX_UNAVAILABLE"


class SequenceUnknownError(FailedPreconditionError):
    """The registry never gave this sequence number: it is another one, or an older backup."""

    reason = "SEQUENCE_UNKNOWN"


class StubGeneratorMissingError(FailedPreconditionError):
    """The program that writes Java classes, a jar, was not found."""

    reason = "STUB_GENERATOR_MISSING"


class StubFailedError(FailedPreconditionError):
    """The program that writes Java classes refused to."""

    reason = "STUB_FAILED"


class JavaMissingError(FailedPreconditionError):
    """There is no Java on this machine, or one that is too old."""

    reason = "JAVA_MISSING"


class TensorflowMissingError(FailedPreconditionError):
    """TensorFlow is not installed where the conversion or the run needs it."""

    reason = "TENSORFLOW_MISSING"


class DestinationExistsError(FailedPreconditionError):
    """Something else is where a pull should write."""

    reason = "DESTINATION_EXISTS"


class DataFolderInvalidError(FailedPreconditionError):
    """The data folder was written by a newer tfreg, or cannot be used."""

    reason = "DATA_FOLDER_INVALID"


# ---- somebody else was first ----


class AbortedError(TfregError):
    """The state is not the one that the caller expected; read it again and decide."""

    kind = Kind.ABORTED


class AliasConflictError(AbortedError):
    """An alias does not point where the caller expected."""

    reason = "ALIAS_CONFLICT"


class VersionConflictError(AbortedError):
    """The newest version is not the one that the caller expected."""

    reason = "VERSION_CONFLICT"


class SourceChangedError(AbortedError):
    """A local file changed while it was pushed."""

    reason = "SOURCE_CHANGED"


class ConversionInterruptedError(AbortedError):
    """The server that worked on a conversion went away; ask again."""

    reason = "CONVERSION_INTERRUPTED"


# ---- the rest ----


class ResourceExhaustedError(TfregError):
    """A limit or the disk is reached."""

    kind = Kind.RESOURCE_EXHAUSTED


class StorageFullError(ResourceExhaustedError):
    """No room on the disk."""

    reason = "STORAGE_FULL"


class LimitExceededError(ResourceExhaustedError):
    """A request or a file passes a limit of the server."""

    reason = "LIMIT_EXCEEDED"


class WorkerFailedError(ResourceExhaustedError):
    """A worker crashed or passed a limit while it ran TensorFlow; the metadata names the limit and the step."""

    reason = "WORKER_FAILED"


class DataLossError(TfregError):
    """Stored bytes are gone or damaged."""

    kind = Kind.DATA_LOSS


class BlobDamagedError(DataLossError):
    """A stored blob is missing or short."""

    reason = "BLOB_DAMAGED"


class TensorUnreadableError(DataLossError):
    """A stored tensor's bytes are damaged, or unpacking them passes a limit."""

    reason = "TENSOR_UNREADABLE"


class FileDamagedError(DataLossError):
    """A pulled file does not have its digest, even after a second try."""

    reason = "FILE_DAMAGED"


class UnavailableError(TfregError):
    """Try again later."""

    kind = Kind.UNAVAILABLE


class ServerUnavailableError(UnavailableError):
    """The server does not answer."""

    reason = "SERVER_UNAVAILABLE"


class DeadlineExceededError(TfregError):
    """The answer did not come in time."""

    reason = "DEADLINE_EXCEEDED"
    kind = Kind.DEADLINE_EXCEEDED


class CancelledError(TfregError):
    """The caller gave up."""

    reason = "CANCELLED"
    kind = Kind.CANCELLED


class InternalError(TfregError):
    """A bug of tfreg."""

    reason = "INTERNAL"
    kind = Kind.INTERNAL
