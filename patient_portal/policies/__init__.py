"""What she shares, and what there is to share: values and words; nothing here asks anybody."""
