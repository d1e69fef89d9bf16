"""Blob stores and catalogs behind the ports of `tfreg.app.ports`."""
