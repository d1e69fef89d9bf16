"""Comparing stored values with the checksums that the formats themselves carry."""
