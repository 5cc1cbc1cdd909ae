"""Pages for people: signing in, whose account this is, which apps may act for her."""
