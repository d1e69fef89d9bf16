"""What `tfreg doctor` checks, one file a thing."""
