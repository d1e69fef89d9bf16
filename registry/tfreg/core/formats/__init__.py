"""The formats that tfreg understands: one file each, one row each in `registry.FORMATS`."""
