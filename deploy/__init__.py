"""Everything a deployment needs beside the images: the proxy, database roles, keys and secrets."""
