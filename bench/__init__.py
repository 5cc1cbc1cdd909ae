"""Benchmarks: real granian processes, a load generator of its own, ratios to bare Flask."""
