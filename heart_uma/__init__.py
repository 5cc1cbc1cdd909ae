"""The shared words of HEART / UMA 2.0, and the HTTP clients that speak them."""
