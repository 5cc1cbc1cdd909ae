"""What the portal remembers: sign-ins, sessions with sealed tokens, and one-time form ids."""
