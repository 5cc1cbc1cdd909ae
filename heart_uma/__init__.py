"""The shared words of HEART / UMA 2.0: scopes, labels, challenges, tokens, and the clients that speak them."""
