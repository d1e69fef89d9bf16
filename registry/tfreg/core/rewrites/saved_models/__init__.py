"""SavedModels written anew: MetaGraphDefs framed by hand around graphs and object graphs that stay where they lie."""
