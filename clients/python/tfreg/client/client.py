"""The client of a tfreg server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tfreg.client.arguments import Attachments, PathLike, Texts, attachment_pairs, label_texts, tensor_pairs, texts
from tfreg.client.conversion_client import ConversionClient
from tfreg.client.retrying import RetryPolicy
from tfreg.core.bindings import BindingQuery
from tfreg.core.errors import InternalError

if TYPE_CHECKING:
    import numpy.typing as npt

    from tfreg.client.calls import Calls
    from tfreg.client.connection import Connection
    from tfreg.client.progress import Progress
    from tfreg.client.reading import RemoteValues
    from tfreg.client.results import Pulled, PushResult
    from tfreg.client.scope import Scope
    from tfreg.client.watching import Watching
    from tfreg.core.bindings import Resolved
    from tfreg.core.comparing.difference import Difference
    from tfreg.core.graphs.listing import ListedNode
    from tfreg.core.records import (
        AliasMove,
        AliasMoved,
        Capabilities,
        Inspected,
        ModelRecord,
        SameVersion,
        SignatureDeclaration,
        Signed,
        StoredArtifact,
        VersionRecord,
    )
    from tfreg.core.runtimes.diagnosis import Diagnosis
    from tfreg.core.runtimes.profile import RuntimeProfile
    from tfreg.core.tensors import StoredTensor
    from tfreg.core.values.saving import Saved

OPERATION_SCOPE: ContextVar[Scope | None] = ContextVar("tfreg_operation_scope", default=None)
"""What gives up the operation that runs in this context. AsyncClient sets it."""


class Client(ConversionClient):
    """Pushes, pulls and resolves models. It connects at the first call; all threads of a program can share it.

    Every method raises `tfreg.core.errors.TfregError`, each class of which is one reason; ServerUnavailableError if the server
    does not answer, DeadlineExceededError if it does not in time. Calls that are safe to repeat are repeated a few times while the
    server is away, within the deadline. (TypeError is left for what a type checker finds, such as a number in place of a name.)

    Methods that return an iterator check names at once, and call the server when the first item is taken and again for each page:
    that is where other errors come from.

    Where several strings can be given (aliases, tags, outputs, formats), one string stands for itself: `aliases="prod"` is
    `aliases=["prod"]`.

    Args:
        target: The server: `host:port`, or `unix:/path/of/socket`.
        deadline_s: How long a call may take. Transfers get as much more as their size needs.
        cache_dir: Where pulled models are kept; by default as docs/cache.md says.
        retry: How often calls are repeated.

    Raises:
        RequestInvalidError: `target` is not an address; or, by any method, the client is closed.

    Example:
        >>> with Client("localhost:7433") as client:
        ...     client.push("./exported", "team/digits", aliases="prod")
        ...     resolved = client.resolve("team/digits@prod")
        >>> str(resolved.feed("image").tensor.ref)
        'serving_default_image:0'
    """

    def __init__(
        self,
        target: str,
        *,
        deadline_s: float = 30.0,
        cache_dir: PathLike | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 a frozen value
    ) -> None:
        from tfreg.client.connection import Connection

        self._connection: Connection = Connection(target)
        self._deadline_s = deadline_s
        self._cache_dir = cache_dir
        self._retry = retry

    @property
    def target(self) -> str:
        """The server's address."""
        return self._connection.target

    def close(self) -> None:
        """Closes the connection; calls under way are given up, and the client cannot be used again."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # -- resolve --

    def resolve(
        self,
        reference: str,
        *,
        signature: str = "",
        tags: Texts = (),
        outputs: Texts = (),
        formats: Texts = (),
        convert: bool = False,
        runtime: str = "",
    ) -> Resolved:
        """Returns which names to feed and to fetch.

        Args:
            reference: `team/name`, `team/name:7`, `team/name@prod` or `team/name@sha256:<hex>`.
            signature: Key; empty: `serving_default`, else the only callable one.
            tags: Tag set, matched as a whole; empty: the only one, else exactly {serve}.
            outputs: Keys of the signature or tensors of the graph (`fc3:0`); empty: all keys.
            formats: Formats that the caller can load, best first; empty: those of `runtime`, else the pushed one's.
            convert: Convert if the version is in none of `formats`: to the first that a way leads to. The call waits for it.
            runtime: Who asks: what `register_runtime` returned; empty: nobody in particular.

        Raises:
            NotFoundError: The reference, signature, tag set, runtime or an output; the metadata says what there is.
            FailedPreconditionError: The choice is ambiguous, or the artifact has no graph or no signatures.
        """
        found = self.resolve_if_changed(
            reference,
            known_revision="",
            signature=signature,
            tags=tags,
            outputs=outputs,
            formats=formats,
            convert=convert,
            runtime=runtime,
        )
        if found is None:
            raise InternalError("The server says that nothing changed, but nothing was known.", reference=reference)
        return found

    def resolve_if_changed(
        self,
        reference: str,
        *,
        known_revision: str,
        signature: str = "",
        tags: Texts = (),
        outputs: Texts = (),
        formats: Texts = (),
        convert: bool = False,
        runtime: str = "",
    ) -> Resolved | None:
        """As `resolve`, but returns None if the answer of `known_revision` still holds."""
        from tfreg.client import resolving

        query = BindingQuery(signature, texts(tags, "tags"), texts(outputs, "outputs"))
        return resolving.resolve(
            self._calls(), reference, query, texts(formats, "formats"), known_revision, convert=convert, runtime=runtime
        )

    # -- runtimes --

    def register_runtime(self, profile: RuntimeProfile, op_list: bytes = b"") -> str:
        """Tells the server what a runtime can load, once; what is returned names it in `resolve` and `diagnose`.

        Registering the same again is safe. The server forgets a runtime that nobody asked with for 90 days: RuntimeNotFoundError says
        so, and it can be registered again.

        Args:
            profile: The runtime: name, TensorFlow's version, formats. The digest of its list of ops is added if it tells none.
            op_list: Its ops, as a serialised tensorflow.OpList; empty: ops are not compared, or the server has the list already. It is
                sent only if the server lacks it.

        Raises:
            RuntimeInvalidError: The list cannot be read, or the profile is not what it should be.
            LimitExceededError: The list is larger than `capabilities().limits.max_op_list_bytes`.
        """
        from tfreg.client import runtimes

        return runtimes.register_runtime(self._calls(), profile, op_list)

    def diagnose(self, reference: str, *, runtime: str, formats: Texts = (), tags: Texts = ()) -> Diagnosis:
        """Says whether a runtime can load and run a model, without loading it.

        Each node of its graph, of its functions and of their branches is compared with the ops that the runtime has, their attributes
        and the dtypes that they allow: also what TensorFlow would tell only when it is run.

        Args:
            reference: As for `resolve`.
            runtime: What `register_runtime` returned.
            formats: Formats to look at, best first; empty: those of the runtime.
            tags: Tag set, as for `resolve`.

        Raises:
            NotFoundError: The reference, the tag set or the runtime.
            FailedPreconditionError: There is no artifact in any of `formats`, several tag sets, or the graph is damaged.
        """
        from tfreg.client import runtimes

        return runtimes.diagnose(self._calls(), reference, runtime, texts(formats, "formats"), texts(tags, "tags"))

    # -- declared signatures --

    def sign(
        self,
        reference: str,
        key: str,
        *,
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
        tags: Texts = (),
        method_name: str = "",
        targets: Texts = (),
        declared_tags: Texts = (),
        override: bool = False,
    ) -> Signed:
        """Declares a signature for a version whose model lacks one, or has a wrong one, in place of one declared before.

        It is kept beside the artifact, which stays as it is with its digest; `resolve` and `inspect` use it from now on, and the
        revision of what was resolved before no longer holds. Declaring the same again changes nothing.

        Args:
            reference: For which version, as for `resolve`.
            key: The signature's key, such as `serving_default`.
            inputs: Tensors by key: `{"image": "x:0"}`; any tensor of the graph can be fed. Of a TFLite model: names or indices.
            outputs: Tensors by key; at least one.
            tags: Tag set of the MetaGraphDef that it is for, as for `resolve`.
            method_name: Empty: `tensorflow/serving/predict`.
            targets: Operations to run once before the first call, such as a table's initialiser.
            declared_tags: Tag set under which callers shall find it instead; the model's loader does not know it.
            override: Let it stand in place of one of this key that the model itself has.

        Raises:
            SignatureInvalidError: The graph does not have a tensor or an operation; the metadata says which are nearest.
            SignatureExistsError: The model has a signature of this key, and `override` is False.
            NoGraphError: The format has no graph to check it against.
            NotFoundError, TagSetAmbiguousError: As for `resolve`.
            LimitExceededError: The version has too many.
        """
        from tfreg.client import signing
        from tfreg.core.signing.request import SignatureRequest

        request = SignatureRequest(
            key,
            tensor_pairs(inputs, "inputs"),
            tensor_pairs(outputs, "outputs"),
            texts(tags, "tags"),
            method_name,
            texts(targets, "targets"),
            texts(declared_tags, "declared_tags"),
            override,
        )
        return signing.sign(self._calls(), reference, request)

    def withdraw_signature(self, reference: str, key: str, *, tags: Texts = ()) -> int:
        """Takes a declared signature back, and returns how many additions the version has now.

        Args:
            reference: Of which version.
            key: The signature's key.
            tags: Tag set under which callers find it; empty: the only one, else exactly {serve}.

        Raises:
            SignatureNotFoundError: None is declared; the metadata says which are.
        """
        from tfreg.client import signing

        return signing.withdraw_signature(self._calls(), reference, key, texts(tags, "tags"))

    def signature_declarations(self, reference: str) -> Iterator[SignatureDeclaration]:
        """Yields which signatures were declared and withdrawn for a version, newest first, fetched page by page."""
        from tfreg.client import signing

        return signing.signature_declarations(self._calls(), reference)

    # -- push and pull --

    def push(
        self,
        path: PathLike,
        model: str,
        *,
        aliases: Texts = (),
        labels: Mapping[str, str] | None = None,
        attachments: Attachments = (),
        format: str | None = None,  # noqa: A002 the word that users know
        allow_broken: bool = False,
        expected_newest_version: int | None = None,
        progress: Progress | None = None,
    ) -> PushResult:
        """Stores a model as a new version, sending only the bytes that the server lacks. The same model again is the same version.

        An interrupted push is repeated as it is: what has arrived does not go again.

        Of a training folder the newest checkpoint is taken: that of its state file, else the one of the highest step. What else lies there
        is left out, as the result's `left_out` tells; `push_all` takes all of its checkpoints.

        Args:
            path: Folder or file of the model, or a checkpoint's prefix, such as `run/model.ckpt-300`.
            model: Name to push it under; made if it is new.
            aliases: Aliases that shall point at the version, moved in the same transaction.
            labels: What to say about the version, such as a commit; a checkpoint brings its `step` itself. A version that is there
                already keeps its own: the result's `ignored_labels` tells what was not stored.
            attachments: Files to keep beside it, by role: `{"vocabulary": "vocab.txt"}`, or pairs of role and path, so that a role
                can have several files.
            format: Format that it must have; None: whatever it is recognised as.
            allow_broken: Store it even if it has problems of severity error.
            expected_newest_version: Newest version that the caller knows of, 0 for none; None: whatever it is.
            progress: Told how far it is; phases `hash` and `send`.

        Raises:
            RequestInvalidError: An argument is of the wrong type, such as a label that is no string. Nothing was sent.
            PathNotFoundError, PathInvalidError, NotAModelError, FormatMismatchError: What lies at `path` cannot be pushed.
            LabelInvalidError, AttachmentInvalidError: As named. Nothing was sent.
            ModelBrokenError: It cannot be used, as its message explains. Nothing was sent; or, where only reading all values showed it
                (a wrong checksum), nothing was stored.
            LimitExceededError: It has too many files or tensors for one version. Nothing was sent.
            SourceChangedError: A file was written to meanwhile.
            VersionConflictError: The newest version is another.
            StorageFullError: The server's disk is full.
        """
        from tfreg.client.push.pushing import PushRequest, push

        request = PushRequest(
            path,
            model,
            texts(aliases, "aliases"),
            label_texts(labels),
            attachment_pairs(attachments),
            format,
            allow_broken,
            expected_newest_version,
        )
        return push(self._calls(), request, progress)

    def push_all(
        self,
        path: PathLike,
        model: str,
        *,
        aliases: Texts = (),
        labels: Mapping[str, str] | None = None,
        attachments: Attachments = (),
        format: str | None = None,  # noqa: A002 the word that users know
        allow_broken: bool = False,
        expected_newest_version: int | None = None,
        progress: Progress | None = None,
    ) -> tuple[PushResult, ...]:
        """Stores each checkpoint of a training folder as a version, oldest step first, so that the newest is the newest version.

        Anything but such a folder is pushed as by `push`. A call that was interrupted can be repeated: what is there already is found.

        Args:
            path: As for `push`.
            model: As for `push`.
            aliases: Aliases that shall point at the last version.
            labels: What to say about each of them; each has the label `step` besides.
            attachments: Files to keep beside each of them.
            format: As for `push`.
            allow_broken: As for `push`.
            expected_newest_version: Newest version before the first of them is made.
            progress: Told how far each of them is.

        Raises:
            TfregError: As `push`. If it comes while one is stored, those before it have been stored.
        """
        from tfreg.client.push.pushing import PushRequest, push_all

        request = PushRequest(
            path,
            model,
            texts(aliases, "aliases"),
            label_texts(labels),
            attachment_pairs(attachments),
            format,
            allow_broken,
            expected_newest_version,
        )
        return push_all(self._calls(), request, progress)

    def pull(
        self,
        reference: str,
        destination: PathLike | None = None,
        *,
        formats: Texts = (),
        convert: bool = False,
        attachments: bool = False,
        verify: bool = False,
        progress: Progress | None = None,
    ) -> Pulled:
        """Brings an artifact to the local disk, verified and whole or not at all.

        It is kept in the cache that all clients on the machine share, so that pulling it again moves no bytes, and other versions
        only those that differ. An interrupted pull goes on where it stopped.

        Args:
            reference: What to pull, as for `resolve`.
            destination: Where to copy it: the file's own path for an artifact that is one file, unless it ends in `/` or is a folder; else
                the folder. None: it stays in the cache, whence it can be read but must not be changed.
            formats: Formats that the caller can load, best first; empty: the pushed one.
            convert: Convert if the version is in none of `formats`, as for `resolve`.
            attachments: Bring the attachments too, to `<destination>.attachments/<role>/<name>`.
            verify: Hash again what the cache already has, and pull it anew if it was damaged.
            progress: Told how far it is; phases `receive` and `copy`.

        Raises:
            NotFoundError: No such model, version, alias or artifact.
            FormatNotStoredError: The version has no artifact in one of `formats`.
            DestinationExistsError: Something else is at the destination.
            FileDamagedError: What the server sent is not what its manifest says, twice.
            StorageFullError: The local disk is full.
            RequestInvalidError: The system has no POSIX file locks, such as Windows.
        """
        from tfreg.client.pull.pulling import PullRequest, pull

        request = PullRequest(
            reference, destination, texts(formats, "formats"), attachments, verify, self._cache_dir, convert=convert
        )
        return pull(self._calls(), request, progress)

    # -- artifacts --

    def artifact(self, reference: str, *, formats: Texts = (), convert: bool = False) -> StoredArtifact:
        """Returns the files of an artifact, the blobs that they consist of, and the version's attachments; `convert` as for `resolve`."""
        from tfreg.client import artifacts

        return artifacts.artifact(self._calls(), reference, texts(formats, "formats"), convert=convert)

    def inspect(self, reference: str, *, formats: Texts = ()) -> Inspected:
        """Returns what an artifact says about itself: tag sets, signatures, functions, ops, problems. `tensors` lists the tensors."""
        from tfreg.client import artifacts

        return artifacts.inspect(self._calls(), reference, texts(formats, "formats"))

    # -- tensors and nodes --

    def tensors(
        self, reference: str, *, prefix: str = "", with_digests: bool = False, formats: Texts = ()
    ) -> Iterator[StoredTensor]:
        """Yields the tensors that an artifact stores, sorted by name, fetched page by page.

        Args:
            reference: As for `resolve`.
            prefix: Only those whose name or path starts so.
            with_digests: Fill in their `digest`, which is equal where the values are. Of tensors that were not cut at their bounds
                when they were pushed, this reads the values at the server; of one without a plain value it stays empty.
            formats: As for `resolve`.
        """
        from tfreg.client import tensors

        return tensors.tensors(self._calls(), reference, prefix, texts(formats, "formats"), with_digests=with_digests)

    def read_tensor(
        self, reference: str, name: str, *, begin: Sequence[int] = (), size: Sequence[int] = (), formats: Texts = ()
    ) -> npt.NDArray[Any]:
        """Returns the value of a tensor, or a box of it, as a numpy array; only these bytes travel.

        Args:
            reference: As for `resolve`.
            name: The tensor's name (`:0` may be left out), its path as users write it, a partitioned variable, or a constant of the
                graph.
            begin: Where the box starts in each dimension; dimensions left out start at 0.
            size: Size of the box in each dimension; -1 or left out: to the end.
            formats: As for `resolve`.

        Returns:
            An array of the tensor's dtype, strings as Python's bytes. bfloat16, float8 and int4 have the types of ml_dtypes if that is
            installed; else bfloat16 becomes float32, and int4 becomes int8.

        Raises:
            TensorNotFoundError: There is no such tensor; the metadata names the nearest.
            SliceInvalidError: The box passes the tensor's shape.
            TensorUnreadableError: It has no plain value, or its bytes are damaged.
        """
        from tfreg.client import reading
        from tfreg.core.values.selection import Selection

        selection = Selection(name, tuple(begin), tuple(size))
        return reading.read_tensor(self._calls(), reference, selection, texts(formats, "formats"))

    def read_tensors(self, reference: str, names: Texts, *, formats: Texts = ()) -> dict[str, npt.NDArray[Any]]:
        """Returns the values of several tensors by the names asked for, brought by one stream. As `read_tensor`."""
        from tfreg.client import reading

        return reading.read_tensors(self._calls(), reference, texts(names, "names"), texts(formats, "formats"))

    def save_tensors(self, reference: str, path: PathLike, names: Texts = (), *, formats: Texts = ()) -> Saved:
        """Writes the values of tensors to a file: `.safetensors` or `.npz`, or one of them to a `.npy`, as its suffix says.

        The values stream to the disk, and the file appears whole or not at all. What a file format lacks is written as the
        nearest that it has, which the result's `notes` tell: bfloat16 as float32 in `.npy` and `.npz`, int4 as int8.

        Args:
            reference: As for `resolve`.
            path: Where to write; what is there is replaced.
            names: As for `read_tensor`; none: all that have a plain value.
            formats: As for `resolve`.

        Raises:
            TensorNotFoundError, TensorUnreadableError: As `read_tensor`.
            RequestInvalidError: The suffix is another, a `.npy` should hold several tensors, or the file format lacks a dtype.
        """
        from tfreg.client import reading

        return reading.save_tensors(self._calls(), reference, path, texts(names, "names"), texts(formats, "formats"))

    def tensor_values(self, reference: str, *, formats: Texts = ()) -> RemoteValues:
        """Returns what gives the values of an artifact as streams of bytes, for programs that want neither arrays nor files."""
        from tfreg.client import reading

        return reading.RemoteValues(self._calls(), reference, texts(formats, "formats"))

    def nodes(
        self,
        reference: str,
        *,
        ops: Texts = (),
        prefix: str = "",
        with_functions: bool = False,
        tags: Texts = (),
        formats: Texts = (),
    ) -> Iterator[ListedNode]:
        """Yields the nodes of an artifact's graph in the file's order, fetched page by page.

        Args:
            reference: As for `resolve`.
            ops: Only nodes of these ops.
            prefix: Only nodes whose names start so.
            with_functions: The nodes of functions too, after those of the top level.
            tags: As for `resolve`.
            formats: As for `resolve`.

        Raises:
            NoGraphError: The format holds no graph.
            GraphUnreadableError: The graph is damaged.
            TagSetNotFoundError, TagSetAmbiguousError: As `resolve`.
        """
        from tfreg.client import tensors
        from tfreg.core.graphs.listing import NodeFilter

        wanted = NodeFilter(frozenset(texts(ops, "ops")), prefix, with_functions)
        return tensors.nodes(self._calls(), reference, wanted, texts(tags, "tags"), texts(formats, "formats"))

    def capabilities(self) -> Capabilities:
        """Returns the server's version, formats and limits."""
        from tfreg.client import artifacts

        return artifacts.capabilities(self._calls())

    # -- the same, and what differs --

    def compare(self, before: str, after: str, *, with_max_abs_difference: bool = False) -> Difference:
        """Returns what differs between two versions, of any formats: interface, tensors, ops, facts and configuration.

        Args:
            before: What was, as for `resolve`.
            after: What is.
            with_max_abs_difference: Read changed tensors at the server, and tell by how much their elements differ.
        """
        from tfreg.client import comparing

        return comparing.compare(self._calls(), before, after, with_max_abs_difference=with_max_abs_difference)

    def same_versions(self, reference: str) -> Iterator[SameVersion]:
        """Yields the versions of any name and format that hold the same files, model or weights as a version; itself not among them."""
        from tfreg.client import comparing

        return comparing.same_versions(self._calls(), reference)

    # -- events --

    def watch(self, models: Texts = (), *, prefix: str = "", after_sequence: int | None = None) -> Watching:
        """Yields what happens to models as it happens, each event once, in the order of the commits; waits for the next one.

        The server is asked at once: what happens after this call returns is told. A connection that is lost is made again for as long as
        it takes (unless `retry` says never), and goes on where it was. Watching ends when it is closed: by its `close`, from any
        thread, or its `with` block; or with the client.

        Args:
            models: Only these models; they need not exist yet.
            prefix: Only models whose names start so, and those of `models`. Without either: all.
            after_sequence: Tell what came after it first: `sequence` of what was watched before; 0: everything from the first event on.
                None: from now on.

        Raises:
            SequenceUnknownError: The registry never gave `after_sequence`: it is another one, or an older backup. Later by `next`, if
                it was put in place of the one that was watched.
            RequestInvalidError: More models than `capabilities().limits.max_watched_models`, or a number that none can have.

        Example:
            >>> for event in client.watch("team/digits"):  # doctest: +SKIP
            ...     print(event.kind, event.version, event.alias)
        """
        from tfreg.client import watching

        return watching.watch(self._calls(), texts(models, "models"), prefix, after_sequence)

    # -- models, versions, aliases --

    def model(self, name: str) -> ModelRecord:
        """Returns one model, its aliases among the rest."""
        from tfreg.client import models

        return models.model(self._calls(), name)

    def models(self, prefix: str = "") -> Iterator[ModelRecord]:
        """Yields the models whose names start with `prefix`, sorted by name, fetched page by page."""
        from tfreg.client import models

        return models.models(self._calls(), prefix)

    def version(self, reference: str) -> VersionRecord:
        """Returns the version that a reference stands for."""
        from tfreg.client import models

        return models.version(self._calls(), reference)

    def versions(self, model: str, *, include_deleted: bool = False) -> Iterator[VersionRecord]:
        """Yields the versions of a model, newest first, fetched page by page."""
        from tfreg.client import models

        return models.versions(self._calls(), model, include_deleted=include_deleted)

    def aliases(self, model: str) -> dict[str, int]:
        """Returns where the aliases of a model point, sorted by alias."""
        return {str(alias): number for alias, number in sorted(self.model(model).aliases.items())}

    def set_aliases(self, model: str, moves: Sequence[AliasMove]) -> ModelRecord:
        """Moves, makes and removes aliases, all or none, and returns the model after it.

        Raises:
            AliasConflictError: An alias is not at its `expected_version`.
            VersionNotFoundError: A version to point at is not there.
            AliasNotFoundError: An alias to remove is not there.
        """
        from tfreg.client import models

        return models.set_aliases(self._calls(), model, moves)

    def alias_moves(self, model: str, alias: str = "") -> Iterator[AliasMoved]:
        """Yields where an alias (empty: every alias) has pointed, newest first, fetched page by page."""
        from tfreg.client import models

        return models.alias_moves(self._calls(), model, alias)

    def delete_version(self, model: str, version: int, *, purge: bool = False) -> VersionRecord:
        """Deletes a version, and returns it. With `purge` it cannot be undeleted.

        Raises:
            VersionAliasedError: Aliases point at it; the metadata names them.
        """
        from tfreg.client import models

        return models.delete_version(self._calls(), model, version, purge=purge)

    def undelete_version(self, model: str, version: int) -> VersionRecord:
        """Takes a deletion back, and returns the version."""
        from tfreg.client import models

        return models.undelete_version(self._calls(), model, version)

    def _calls(self) -> Calls:
        from tfreg.client.calls import Calls
        from tfreg.client.scope import Scope

        self._connection.check_open()
        return Calls(self._connection, self._retry, self._deadline_s, OPERATION_SCOPE.get() or Scope())
