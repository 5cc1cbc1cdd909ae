"""The tables of the resource server, one noun per file."""
