"""What is lost, and for how long nothing works, when PostgreSQL's primary is killed."""
