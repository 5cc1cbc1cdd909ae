"""Pure: what the owner said about sharing, and what follows from it."""
