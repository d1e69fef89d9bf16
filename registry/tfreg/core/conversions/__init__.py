"""Conversions: which there are, which way one goes, and what it made of the names."""
