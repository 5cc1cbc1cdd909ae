"""Two processes at one database, and what only one of two may get (see `__main__`)."""
