"""Pure: FHIR JSON to rows and series."""
