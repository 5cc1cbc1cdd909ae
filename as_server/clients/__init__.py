"""Clients: their metadata, their keys, and proving which one it is (RFC 7591, RFC 7523)."""
