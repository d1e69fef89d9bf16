"""Translation between core's values and v1 messages, one file a service; server and client both use it."""
