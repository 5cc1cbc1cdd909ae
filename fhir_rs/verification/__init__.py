"""Checking the audit: every chain, every checkpoint, and the one chain of before."""
