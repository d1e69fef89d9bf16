"""The catalog as one SQLite file.

Any number of threads and processes may use the file. Writing is sqlite-utils on one connection, one transaction at a time, each begun by
BEGIN IMMEDIATE: a transaction that began by reading could not be made a writing one once somebody else had written. Reading is plain
sqlite3 on connections of its own, so that it never waits for writing.
"""
