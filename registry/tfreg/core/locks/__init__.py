"""Lock files: which version a build was made for, and what its signatures look like."""
