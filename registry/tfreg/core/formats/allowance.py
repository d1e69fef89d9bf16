"""How much may still be read, or spelled out, of one artifact."""

from __future__ import annotations

from dataclasses import dataclass

from tfreg.core.codecs.errors import LimitError


@dataclass(slots=True)
class Allowance:
    """What is left of a limit that several parts of a file share.

    Attributes:
        of: What is limited, for the message: "bytes of signatures".
        limit: How much there may be in all.
        used: How much there was so far.
    """

    of: str
    limit: int
    used: int = 0

    def take(self, amount: int) -> None:
        """Uses some of it.

        Raises:
            LimitError: There is not so much left.
        """
        self.used += amount
        if self.used > self.limit:
            raise LimitError(f"has more than {self.limit} {self.of}")
