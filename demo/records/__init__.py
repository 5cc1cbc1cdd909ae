"""Alice Moreno's 169 records as FHIR R4 (4.0.1), written from one table of facts per kind."""
