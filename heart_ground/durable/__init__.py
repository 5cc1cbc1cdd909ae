"""Writing durably: one writer in turn, one fsync for many, room kept for a stop on a full disk."""
