"""Organisations, practitioners and places the records refer to; they are never counted."""

from demo.records.elements import (
    CEDAR,
    HARBOR,
    HOME,
    Resource,
    concept,
    hl7,
    reference,
    resource,
    synthetic_identifier,
)


def _organization(source: str, name: str, kind: str, city: str) -> Resource:
    return resource(
        source,
        "Organization",
        name,
        active=True,
        type=[hl7("organization-type", kind, {"prov": "Healthcare Provider"}.get(kind, "Other"))],
        name=name,
        address=[{"city": city, "state": "OR", "country": "US"}],
    )


def _practitioner(
    source: str, prefix: str, given: str, family: str, suffix: str, number: str
) -> Resource:
    return resource(
        source,
        "Practitioner",
        f"{given} {family}",
        identifier=[synthetic_identifier("licence", number)],
        active=True,
        name=[
            {
                "use": "official",
                "text": f"{prefix} {given} {family}".strip(),
                "family": family,
                "given": [given],
            }
            | ({"prefix": [prefix]} if prefix else {})
            | ({"suffix": [suffix]} if suffix else {})
        ],
    )


def _location(source: str, name: str, owner: Resource, city: str) -> Resource:
    return resource(
        source,
        "Location",
        name,
        status="active",
        name=name,
        mode="instance",
        type=[concept("Clinic" if "Emergency" not in name else "Emergency department")],
        address={"city": city, "state": "OR", "country": "US"},
        managingOrganization=reference(owner),
    )


CEDAR_VALLEY = _organization(CEDAR, "Cedar Valley Family Practice", "prov", "Cedar Valley")
NORTHGATE = _organization(CEDAR, "Northgate Hospital", "prov", "Northgate")
RIVER_EYE = _organization(CEDAR, "River Eye Clinic", "prov", "Cedar Valley")
COUNTY_LAB = _organization(CEDAR, "Valley County Laboratory", "prov", "Cedar Valley")
BOB_CHEN = _practitioner(CEDAR, "Dr.", "Bob", "Chen", "MD", "0000-1001")
MEI_SATO = _practitioner(CEDAR, "Dr.", "Mei", "Sato", "MD", "0000-1002")
LENA_ORTIZ = _practitioner(CEDAR, "Dr.", "Lena", "Ortiz", "MD", "0000-1003")
OMAR_HADDAD = _practitioner(CEDAR, "Dr.", "Omar", "Haddad", "MD", "0000-1004")
CEDAR_CLINIC = _location(CEDAR, "Cedar Valley clinic", CEDAR_VALLEY, "Cedar Valley")
EYE_CLINIC = _location(CEDAR, "River Eye Clinic", RIVER_EYE, "Cedar Valley")
EMERGENCY = _location(CEDAR, "Northgate Hospital Emergency", NORTHGATE, "Northgate")

HARBOR_COUNSELING = _organization(HARBOR, "Harbor Counseling", "prov", "Harbor Point")
DANA_FOX = _practitioner(HARBOR, "", "Dana", "Fox", "LCSW", "0000-2001")

HOME_DEVICES = _organization(HOME, "Home devices", "other", "Cedar Valley")

DIRECTORY: dict[str, tuple[Resource, ...]] = {
    CEDAR: (
        CEDAR_VALLEY,
        NORTHGATE,
        RIVER_EYE,
        COUNTY_LAB,
        BOB_CHEN,
        MEI_SATO,
        LENA_ORTIZ,
        OMAR_HADDAD,
        CEDAR_CLINIC,
        EYE_CLINIC,
        EMERGENCY,
    ),
    HARBOR: (HARBOR_COUNSELING, DANA_FOX),
    HOME: (HOME_DEVICES,),
}
