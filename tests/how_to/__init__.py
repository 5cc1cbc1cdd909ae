"""The how-to pages, each followed as it stands."""
