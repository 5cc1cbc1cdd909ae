"""Invitations of people without an account, on the wire."""
