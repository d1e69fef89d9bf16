"""What identifies a model beyond its bytes: interface, weights, program, and program and weights together.

docs/fingerprints.md defines each exactly. All of them are SHA-256 over canonical texts of our own, never over protobuf bytes, which
differ from writer to writer.
"""

FINGERPRINT_VERSION = 1
"""Grows whenever a definition changes, so that kept fingerprints are computed anew."""
