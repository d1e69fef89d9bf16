"""Conversions of stored artifacts: jobs, keeping what they made, and checking it."""
