"""The authorization server: OAuth 2.0, OpenID Connect, UMA 2.0 and HEART."""
