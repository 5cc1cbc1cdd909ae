"""Scenarios that really run against the demo's services, and are then shown step by step."""
