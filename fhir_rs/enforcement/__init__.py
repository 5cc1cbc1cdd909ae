"""Pure: what an interaction needs, what a token permits, what a resource is and says."""
