"""Reading FHIR files into records: files, entries, names, people, folders, batches."""
