"""Her session: signing in at her sharing service, its tokens, forms that count once."""
