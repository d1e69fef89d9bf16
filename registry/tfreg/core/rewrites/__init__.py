"""Conversions without TensorFlow: one module a rewrite, each a row of `conversions.routes.ROUTES`. No weight is read or moved."""
