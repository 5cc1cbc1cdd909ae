"""One file per FHIR interaction, named by the HL7 restful-interaction word."""
