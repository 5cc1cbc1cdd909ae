"""The resource server: FHIR R4 records, protected by the authorization server each patient chose."""
