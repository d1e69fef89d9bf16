"""What a converted graph offers its callers: which signatures, from which options, and how the graph is edited so that it has them."""
