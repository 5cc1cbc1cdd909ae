"""The pages of the portal: one file per place a person can go to."""
