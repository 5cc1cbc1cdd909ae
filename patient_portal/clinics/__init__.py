"""Her records, as each clinic tells of them to their owner."""
