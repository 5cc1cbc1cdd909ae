"""Servers written by others, run for real where they are installed."""
