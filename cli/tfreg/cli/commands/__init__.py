"""The commands of `tfreg`, one file each. `tfreg.cli.app` lists them and imports one when it is called."""
