"""One file per FHIR interaction or page."""
