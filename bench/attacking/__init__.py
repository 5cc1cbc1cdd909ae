"""What an attack takes from everybody else: honest requests beside it, and beside none."""
