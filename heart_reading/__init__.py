"""FHIR R4 resources as people read them: rows of words, figures, files; pure, for every face."""
