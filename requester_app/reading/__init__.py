"""Pure: FHIR JSON to rows and series (UX R5)."""
