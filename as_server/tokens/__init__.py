"""Tokens: their keys, making them, reading a bearer's, and what an answer says."""
