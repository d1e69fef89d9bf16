"""Readers of byte formats, each bounded against hostile input. They raise `errors.CodecError`, which never leaves `formats`."""
