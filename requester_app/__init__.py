"""The client of clinicians, family and researchers: it asks for records, and shows them."""
