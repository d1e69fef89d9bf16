"""From an inspection, a graph and a question to a binding: which names to feed and fetch. `resolve.resolve` is the way in."""
