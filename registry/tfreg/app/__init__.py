"""The use cases of the registry, one file a verb, over the ports of `ports`. Knows neither the wire nor a database."""
