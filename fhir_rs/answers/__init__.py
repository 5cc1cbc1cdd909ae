"""FHIR answers: Bundles, their pages, headers and formats, and words about what is held back."""
