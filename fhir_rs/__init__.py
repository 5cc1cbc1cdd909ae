"""The resource server: keeps FHIR R4 records and lets out what the record's owner permits."""
