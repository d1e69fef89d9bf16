"""Pickles, walked opcode by opcode without ever running one: which names they would import.

An opcode is a byte, followed by an argument of a fixed length, of a length that stands before it, or up to the end of the line (the
standard library's pickletools documents each). Names are given by GLOBAL and INST as text, by STACK_GLOBAL as two strings that were
pushed before. Strings that only running the pickle would bring together are not found: what is listed is what is plainly there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.files import FileReader

MAX_OPCODES = 400_000
_MAX_TEXT_BYTES = 512  # of names; longer strings are no names
_MAX_GLOBALS = 10_000
_MAX_MEMO = 100_000
_WINDOW_BYTES = 64 << 10

_FIXED = {
    **dict.fromkeys(b"NaeldtubosR])}(.012Q\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98", 0),
    **dict.fromkeys(b"Kqh\x80\x82", 1),
    **dict.fromkeys(b"M\x83", 2),
    **dict.fromkeys(b"Jrj\x84", 4),
    **dict.fromkeys(b"G\x95", 8),
}
_LENGTH = {
    **dict.fromkeys(b"UC\x8c\x8a", 1),
    **dict.fromkeys(b"TBX\x8b", 4),
    **dict.fromkeys(b"\x8d\x8e\x96", 8),
}
"""How many bytes the length of the argument has."""
_LINES = {**dict.fromkeys(b"ILSVFgpP", 1), **dict.fromkeys(b"ci", 2)}
_TEXTS = frozenset(b"SVTUX\x8c\x8d")
_GLOBAL, _INST, _STACK_GLOBAL = b"ci\x93"
_MEMOIZE, _STOP = b"\x94."
_PUTS, _GETS = frozenset(b"pqr"), frozenset(b"ghj")
_ARGUMENT_IS_LINE = frozenset(b"gp")


@dataclass(frozen=True, slots=True)
class PickleScan:
    """What a walk found.

    Attributes:
        globals: Names that loading imports, such as `os.system`, in the order found, each once.
        opcode_count: How many opcodes were walked.
        end: Where the first byte is that was not walked: behind STOP if the pickle is whole.
        fault: Why the walk ended before STOP; None if it did not.
    """

    globals: tuple[str, ...]
    opcode_count: int
    end: int
    fault: CodecError | None


def begins_like_pickle(reader: FileReader, start: int = 0) -> bool:
    """Whether what is there begins with the opcode PROTO for protocol 2 to 5, and goes on with opcodes."""
    head = reader.read_at(start, 2)
    if len(head) < 2 or head[0] != 0x80 or not 2 <= head[1] <= 5:
        return False
    found = scan_pickle(reader, start, reader.size_bytes, max_opcodes=16)
    return found.opcode_count > 2 and (found.fault is None or isinstance(found.fault, LimitError | TruncatedError))


def scan_pickle(reader: FileReader, start: int, end: int, *, max_opcodes: int = MAX_OPCODES) -> PickleScan:
    """Walks one pickle in `reader[start:end]`, up to STOP. Large arguments are stepped over, not read."""
    walk = _Walk(reader, start, end)
    names = _Names()
    count = 0
    fault: CodecError | None = None
    try:
        for opcode, argument in walk:
            count += 1
            names.see(opcode, argument)
            if opcode == _STOP:
                break
            if count >= max_opcodes:
                raise LimitError(f"has a pickle of more than {max_opcodes} opcodes")
        else:
            raise TruncatedError(f"ends at byte {walk.position}, within a pickle")
    except CodecError as error:
        fault = error
    return PickleScan(tuple(names.found), count, walk.position, fault)


class _Walk:
    """Yields opcodes with the start of their arguments."""

    def __init__(self, reader: FileReader, start: int, end: int) -> None:
        self._reader = reader
        self._end = end
        self._window, self._base = b"", start
        self.position = start

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while self.position < self._end:
            opcode = self._take(1)[0]
            if (size := _FIXED.get(opcode)) is not None:
                yield opcode, self._take(size) if size else b""
            elif (size := _LENGTH.get(opcode)) is not None:
                length = int.from_bytes(self._take(size), "little")
                yield opcode, self._argument(length)
            elif (lines := _LINES.get(opcode)) is not None:
                yield opcode, b" ".join(self._line() for _ in range(lines))
            else:
                raise CodecError(f"has the byte {opcode:#04x} at {self.position - 1}, which is no opcode of a pickle")

    def _take(self, size: int) -> bytes:
        at = self.position - self._base
        if at + size > len(self._window):
            self._base, at = self.position, 0
            self._window = self._reader.read_at(self._base, min(_WINDOW_BYTES, self._end - self._base))
            if size > len(self._window):
                raise TruncatedError(f"ends at byte {self._base + len(self._window)}, within a pickle")
        self.position += size
        return self._window[at : at + size]

    def _argument(self, length: int) -> bytes:
        """Returns the argument if it may be a name, and steps over a longer one."""
        if length <= _MAX_TEXT_BYTES:
            return self._take(length)
        if length > self._end - self.position:
            raise TruncatedError(f"has a value of {length} bytes at byte {self.position}, which passes the end")
        self.position += length
        return b""

    def _line(self) -> bytes:
        """Returns the start of what stands before the next line's end; strings of old protocols can be long lines."""
        line = b""
        while True:
            first = self._take(1)
            at = self.position - self._base
            end = self._window.find(b"\n", at - 1)
            stop = len(self._window) if end < 0 else end
            line += (first + self._window[at:stop])[: stop + 1 - at] if len(line) < _MAX_TEXT_BYTES else b""
            self.position = self._base + stop + (end >= 0)
            if end >= 0:
                return line[:_MAX_TEXT_BYTES]


class _Names:
    """Follows strings through the memo, as far as a writer of pickles goes, to tell which names are imported."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self._recent: deque[bytes] = deque(maxlen=2)
        self._last: bytes | None = None
        self._memo: dict[int, bytes] = {}
        self._memoized = 0

    def see(self, opcode: int, argument: bytes) -> None:
        """Takes note of one opcode."""
        if opcode in _TEXTS:
            self._push(argument.strip(b"'\"") if opcode == ord("S") else argument)
        elif opcode == _MEMOIZE:
            self._keep(self._memoized)
        elif opcode in _PUTS:
            self._keep(_index(opcode, argument))
        elif opcode in _GETS:
            text = self._memo.get(_index(opcode, argument))
            if text is not None:
                self._push(text)
        elif opcode in (_GLOBAL, _INST):
            self._name(*argument.split(b" ", 1))
        elif opcode == _STACK_GLOBAL:
            self._name(*(self._recent if len(self._recent) == 2 else (b"?", b"?")))
        else:
            self._last = None

    def _push(self, text: bytes) -> None:
        self._recent.append(text)
        self._last = text

    def _keep(self, index: int) -> None:
        self._memoized += 1
        if self._last is not None and len(self._memo) < _MAX_MEMO:
            self._memo[index] = self._last

    def _name(self, module: bytes, name: bytes = b"?") -> None:
        self._last = None
        if len(self.found) < _MAX_GLOBALS:
            self.found[f"{module.decode(errors='replace')}.{name.decode(errors='replace')}"] = None


def _index(opcode: int, argument: bytes) -> int:
    if opcode in _ARGUMENT_IS_LINE:
        return int(argument) if argument.isdigit() and len(argument) < 10 else -1
    return int.from_bytes(argument, "little")
