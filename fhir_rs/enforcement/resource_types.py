"""The FHIR R4 resource types this server knows; any other word in an address is nothing here."""

from __future__ import annotations

from fhir_rs.enforcement.tables import compartment
from heart_uma.kinds import DIRECTORY_TYPES

# Resources of 4.0.1 that were given up before they were more than drafts. The validator, which is
# made from 4.3, has none of them.
_NOT_CHECKED = frozenset(
    {
        "EffectEvidenceSynthesis", "MedicinalProduct", "MedicinalProductAuthorization",
        "MedicinalProductContraindication", "MedicinalProductIndication",
        "MedicinalProductIngredient", "MedicinalProductInteraction",
        "MedicinalProductManufactured", "MedicinalProductPackaged",
        "MedicinalProductPharmaceutical", "MedicinalProductUndesirableEffect",
        "RiskEvidenceSynthesis", "SubstanceNucleicAcid", "SubstancePolymer", "SubstanceProtein",
        "SubstanceReferenceInformation", "SubstanceSourceMaterial", "SubstanceSpecification",
    }
)  # fmt: skip
RESOURCE_TYPES: frozenset[str] = frozenset(compartment()) - _NOT_CHECKED | {"Parameters"}
"""Types of R4 4.0.1 that the validator can check. HL7's compartment names all but Parameters."""
NOT_WRITTEN: frozenset[str] = DIRECTORY_TYPES | {
    "Patient", "AuditEvent", "Bundle", "Consent", "Subscription"
}  # fmt: skip
"""People, places, the Patient and the record of who looked are not written by requesters."""
