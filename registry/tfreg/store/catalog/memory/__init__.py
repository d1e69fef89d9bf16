"""The catalog in memory: the twin of the SQLite one, for tests. Each method checks everything before it changes anything."""

from tfreg.store.catalog.memory.catalog import MemoryCatalog

__all__ = ["MemoryCatalog"]
