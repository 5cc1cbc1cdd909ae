"""What Alembic runs: one environment for the migrations of every service."""
