"""HL7's own definitions of R4 -> the tables in `data/r4/`; run when they change, never to serve."""
