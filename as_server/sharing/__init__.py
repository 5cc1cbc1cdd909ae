"""What an owner shares: changes, requests, withdrawal, and telling resource servers of it."""
