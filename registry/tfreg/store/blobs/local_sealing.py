"""Sealing while others are at the same files.

A stream may be repeated while the broken one is still being sealed: it puts another file in the place of `<hex>`, or seals `<hex>`
itself. So each seal syncs and renames a hard link of its own, and `<hex>` goes only after its blob is visible: whoever does not find
it any more finds the blob.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress


@contextmanager
def own_names(lease_fd: int, names: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """Gives the finished ones of `names` further names that nobody else knows; these are gone when the context is left."""
    suffix = f".{os.urandom(4).hex()}.seal"
    own_names: dict[str, str] = {}
    try:
        for name in names:
            if _link(name, name + suffix, lease_fd):
                own_names[name] = name + suffix
        yield own_names
    finally:
        for own_name in own_names.values():  # there after a failure, or where a rename found the same file in its place
            unlink(own_name, lease_fd)


def publish(lease_fd: int, own_names: Mapping[str, str], shards: Mapping[str, int]) -> None:
    """Renames synced files to their final names, by the shards' descriptors, and only then takes the names they came under away."""
    for name, own_name in own_names.items():
        os.rename(own_name, name, src_dir_fd=lease_fd, dst_dir_fd=shards[name[:2]])
        unlink(name, lease_fd)


def _link(name: str, own_name: str, lease_fd: int) -> bool:
    """Gives a file one more name. Returns False if it is not there."""
    while True:
        try:
            os.link(name, own_name, src_dir_fd=lease_fd, dst_dir_fd=lease_fd, follow_symlinks=False)
            return True
        except FileNotFoundError:
            if not _is_there(name, lease_fd):  # sealed by another thread just now, or never finished
                return False
            # Another file was put in its place between its being looked up and linked: that one will do.


def _is_there(name: str, lease_fd: int) -> bool:
    try:
        os.stat(name, dir_fd=lease_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def unlink(name: str, folder_fd: int) -> int:
    """Takes a name away, if it is there. Returns the bytes that this frees: none while the file has another name."""
    with suppress(FileNotFoundError):
        found = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        os.unlink(name, dir_fd=folder_fd)
        return found.st_size if found.st_nlink == 1 else 0
    return 0
