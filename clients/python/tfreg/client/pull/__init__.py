"""Pull by the rules of docs/cache.md, which all clients share."""
