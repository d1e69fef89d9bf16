"""Whether source and result of a conversion compute the same: on which inputs, how near, and what to tell. Runs nothing itself."""
