"""Inputs have no names in a fingerprint: they are told apart by what they are used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from tfreg.core.fingerprints.tokens import Leaves, Token, leaf
from tfreg.core.graphs.graph import Node


class Inputs:
    """The placeholders met, and their uses.

    Args:
        leaves: Where each gets a number of its own, negative unlike those of weights.
        identities: What tells inputs of one dtype apart, by name, as an earlier pass found it.
    """

    def __init__(self, leaves: Leaves, identities: Mapping[str, str]) -> None:
        self._leaves, self._identities = leaves, identities
        self._alike: dict[bytes, dict[int, str]] = {}  # token of a placeholder -> its set of leaves -> its name
        self._uses: dict[str, set[bytes]] = {}
        self._count = 0

    def token(self, node: Node, default: Sequence[Token]) -> Token:
        """Returns what a placeholder is; `default` is what it has if nothing is fed."""
        dtype = node.attr["dtype"].type if "dtype" in node.attr else 0
        text = f"input {dtype} {self._identities.get(node.name, '')}{''.join(one.program.hex() for one in default)}"
        self._count += 1
        leaves = self._leaves.add(-self._count)
        token = leaf(text, text, leaves)
        self._alike.setdefault(token.program, {})[leaves] = node.name
        return token

    def note_uses(self, tokens: Sequence[Token], user: Token) -> None:
        """Notes which of the tokens are inputs, and what they are used for."""
        for position, one in enumerate(tokens):
            name = self._alike.get(one.program, {}).get(one.leaves)
            if name is not None:
                self._uses.setdefault(name, set()).add(position.to_bytes(4, "little") + user.program)

    def by_use(self) -> dict[str, str]:
        """Returns what tells inputs of one dtype apart that are used for different things; empty if there are none."""
        identities: dict[str, str] = {}
        for alike in self._alike.values():
            uses = {name: sha256(b"".join(sorted(self._uses.get(name, ())))).hexdigest() for name in alike.values()}
            if len(set(uses.values())) > 1:
                identities |= uses
        return identities
