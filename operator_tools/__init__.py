"""What an operator of these services types: accounts, keys, imports, links, the audit, serving."""
