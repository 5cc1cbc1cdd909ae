"""What every page says, and what needs an answer of a service to be said."""
