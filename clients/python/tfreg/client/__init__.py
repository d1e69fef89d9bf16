"""The Python client of a tfreg server."""
