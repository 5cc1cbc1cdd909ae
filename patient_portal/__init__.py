"""The patient's app: who can see what, share, answer, stop, look back (UMA resource owner)."""
