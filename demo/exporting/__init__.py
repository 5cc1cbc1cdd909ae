"""A run to take away: what was shown, as files that stand alone and open nothing."""
