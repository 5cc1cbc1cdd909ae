"""What crossed between the services of the demo, as the stage keeps, names, draws and tells it."""
