"""What the demo's launcher puts around a service, so that the stage can show what it says."""
