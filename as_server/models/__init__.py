"""What the authorization server remembers: one noun per file."""
