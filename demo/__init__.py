"""The demo: the cast, their records, the seed, the launcher and the stage."""
