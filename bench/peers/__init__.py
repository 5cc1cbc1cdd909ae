"""Other servers beside this one: the settings and the walks for each, never the servers."""
