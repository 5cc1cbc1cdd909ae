"""Tests of the requester app, against an authorization server and sources of our own making."""
