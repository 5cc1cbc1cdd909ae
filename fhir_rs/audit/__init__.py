"""The audit trail: events, the chain that holds them, and its verification."""
