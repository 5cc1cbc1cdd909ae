"""One record on a page of its own: a reader for each kind of resource."""
