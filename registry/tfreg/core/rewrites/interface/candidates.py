"""A graph without signature and without named outputs: refused, with what the outputs may be."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from tfreg.core.bindings import Confidence, Guess
from tfreg.core.errors import OutputsRequiredError
from tfreg.core.graphs.graph import Graph
from tfreg.core.resolving.guesses import Candidates, guesses_of
from tfreg.core.resolving.nearest import listed

_MAX_OFFERED = 8


def outputs_required(graph: Graph, candidates: Candidates) -> OutputsRequiredError:
    """Returns the error: the candidates ranked, and the very option to give."""
    ranked = [guess for guess in guesses_of(graph, candidates, ()) if guess.output]
    likely = [guess for guess in ranked if guess.confidence is not Confidence.LOW] or ranked
    found = f" What look like outputs: {_told(likely)}." if ranked else " Nothing in it looks like an output."
    return OutputsRequiredError(
        f"The graph has no signature, and no outputs were named.{found}",
        hint=f"Say which you mean: {outputs_option(likely)}." if ranked else "Name a tensor: --outputs NODE:0.",
        candidates=_told(ranked),
        option=outputs_option(likely) if ranked else "",
    )


def _told(guesses: list[Guess]) -> str:
    return listed([f"{guess.ref} ({guess.confidence.value}: {guess.reason})" for guess in guesses], "; ")


def outputs_option(guesses: Iterable[Guess]) -> str:
    """Returns what to paste into the command line: `--outputs softmax:0`, several with commas between."""
    refs = [str(guess.ref) for guess in guesses][:_MAX_OFFERED]
    return f"--outputs {shlex.quote(','.join(refs))}"
