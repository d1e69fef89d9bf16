"""Blob stores: where the bytes lie."""
