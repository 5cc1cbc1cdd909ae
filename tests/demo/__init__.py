"""Tests of the demo's rooms."""
