"""One file per grant_type of the token endpoint."""
