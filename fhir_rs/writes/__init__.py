"""Writing by FHIR interactions: one resource, or a whole transaction."""
