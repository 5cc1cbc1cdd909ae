"""docker-compose.yml with a real engine: asked for with `-m compose`."""
