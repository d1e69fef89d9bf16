"""Which signatures the result of a conversion shall have."""

from __future__ import annotations

from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.rewriting import RewriteRequest


def choose_interface(request: RewriteRequest) -> Interface:
    """Returns what the result shall offer, by the source's signatures and the caller's options.

    The refs are those of the graph after `applying.apply_options`: a traced function's call is not in the graph before.

    Raises:
        TagSetAmbiguousError, TagSetNotFoundError: See `tag_sets`.
        SignatureAmbiguousError, SignatureNotFoundError: See `resolving.signatures`.
        NoGraphError, GraphUnreadableError: There is no graph.
        OutputsRequiredError: No signature, and no outputs were named; the metadata ranks the candidates.
        OutputNotFoundError, SignatureInvalidError: A named tensor is not there.
        FunctionNotFoundError: No such traced function.
        TrainingGraphError: The graph of a checkpoint is for training.
    """
    raise NotImplementedError
