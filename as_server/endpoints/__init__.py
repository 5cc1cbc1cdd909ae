"""One file per key of the metadata document."""
