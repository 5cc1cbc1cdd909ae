"""Who is at the browser, and what an authorization request still needs (OIDC Core 3.1.2)."""
