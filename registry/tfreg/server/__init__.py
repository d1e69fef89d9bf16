"""The grpc server: composition root, one file a service, error table, interceptors."""
