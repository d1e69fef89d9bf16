"""What differs between two artifacts, of any formats: what callers see, what is stored, what is computed."""
