"""What stands at her sharing service: reading it, changing it, stopping."""
