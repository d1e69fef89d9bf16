"""Catalogs: where the facts lie."""
