"""What may be stored: R4 as HL7 defines it."""
