"""The ground every service stands on: database, durable writing, settings, migrations, outbound."""
