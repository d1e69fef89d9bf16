"""Static shapes of a graph after a placeholder's shape was changed, and what in the graph holds the old one fast."""
