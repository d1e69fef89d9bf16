"""The `tfreg` command: one file a verb."""
