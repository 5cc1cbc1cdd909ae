"""Purposes of use: HL7 v3-ActReason codes, their hierarchy and their plain names."""

from __future__ import annotations

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

_TABLE: tuple[tuple[str, str, str], ...] = (
    ("TREAT", "", "Caring for me"),
    ("FAMRQT", "PATRQT", "Helping me day to day"),
    ("CAREMGT", "TREAT", "Planning my care"),
    ("HRESCH", "", "Research"),
    ("HPAYMT", "", "Paying for care"),
    ("PATRQT", "", "My own request"),
    ("ETREAT", "TREAT", "Urgent care"),
    ("BTG", "ETREAT", "Urgent access"),
    ("ERTREAT", "ETREAT", "Urgent care in hospital"),
    ("COC", "TREAT", "Working together on my care"),
    ("CLINTRL", "TREAT", "Care in a study"),
    ("POPHLTH", "TREAT", "Care for a group of patients"),
    ("TREATDS", "TREAT", "Telling others who care for me"),
    ("PWATRNY", "PATRQT", "Acting for me by law"),
    ("SUPNWK", "PATRQT", "People who support me"),
    ("BIORCH", "HRESCH", "Research on body samples"),
    ("CLINTRCH", "HRESCH", "Research with patients"),
    ("CLINTRCHNPC", "CLINTRCH", "Research beside my care"),
    ("CLINTRCHPC", "CLINTRCH", "Research in my care"),
    ("PRECLINTRCH", "CLINTRCH", "Research before it is tried with patients"),
    ("DSRCH", "HRESCH", "Research on a disease"),
    ("POARCH", "HRESCH", "Research on where people come from"),
    ("TRANSRCH", "HRESCH", "Research that turns into care"),
    ("CLMATTCH", "HPAYMT", "Papers for a bill"),
    ("COVAUTH", "HPAYMT", "Asking if care will be paid for"),
    ("COVERAGE", "HPAYMT", "My health plan"),
    ("ELIGDTRM", "COVERAGE", "Finding out if a plan can take me"),
    ("ELIGVER", "COVERAGE", "Checking that I have a plan"),
    ("ENROLLM", "COVERAGE", "Joining a plan"),
    ("MILDCRG", "HPAYMT", "Leaving the armed forces"),
    ("REMITADV", "HPAYMT", "Telling what was paid"),
    ("HOPERAT", "", "Running the clinic"),
    ("DONAT", "HOPERAT", "Giving organs or blood"),
    ("GOV", "HOPERAT", "Work for the government"),
    ("HACCRED", "HOPERAT", "Proving that the clinic is good"),
    ("HCOMPL", "HOPERAT", "Checking that rules are kept"),
    ("HDECD", "HOPERAT", "After a death"),
    ("HDIRECT", "HOPERAT", "Lists of people and places"),
    ("HDM", "HOPERAT", "Planning the work of the clinic"),
    ("HLEGAL", "HOPERAT", "Law"),
    ("HOUTCOMS", "HOPERAT", "Seeing what care did"),
    ("HPRGRP", "HOPERAT", "Reports on health programs"),
    ("HQUALIMP", "HOPERAT", "Making care better"),
    ("HSYSADMIN", "HOPERAT", "Running the computers"),
    ("LABELING", "HSYSADMIN", "Marking records as private"),
    ("METAMGT", "HSYSADMIN", "Keeping records in order"),
    ("MEMADMIN", "HOPERAT", "Work with members of a plan"),
    ("MILCDM", "HOPERAT", "Orders of the armed forces"),
    ("PATADMIN", "HOPERAT", "Work with patients' papers"),
    ("PATSFTY", "HOPERAT", "Keeping patients safe"),
    ("PERFMSR", "HOPERAT", "Measuring how well care works"),
    ("RECORDMGT", "HOPERAT", "Keeping records"),
    ("SYSDEV", "HOPERAT", "Building software"),
    ("HTEST", "SYSDEV", "Trying out software"),
    ("TRAIN", "HOPERAT", "Teaching"),
    # HL7 puts these two under HOPERAT; a rule for it at large does not mean them.
    ("FRAUD", "", "Looking for fraud"),
    ("MLTRAINING", "", "Teaching computers"),
    ("PUBHLTH", "", "Public health"),
    ("DISASTER", "PUBHLTH", "A disaster"),
    ("THREAT", "PUBHLTH", "A danger to people"),
    ("HMARKT", "", "Advertising"),
)
"""Code, the code that covers it (none: nothing but itself), and the name a patient reads."""

PURPOSES: dict[str, str] = {code: name for code, _, name in _TABLE}
_PARENT: dict[str, str] = {code: parent for code, parent, _ in _TABLE if parent}
_EMERGENCY = frozenset({"ETREAT", "BTG", "ERTREAT"})
KNOWN: frozenset[str] = frozenset(PURPOSES)


def subsumes(general: str, specific: str) -> bool:
    """True when a permit for `general` covers a declared `specific` purpose.

    Care never covers emergencies unless the emergency purpose itself is named: who is
    let in for care has not been let in to break the glass.
    """
    if general == specific:
        return True
    if specific in _EMERGENCY and general not in _EMERGENCY:
        return False
    parent = _PARENT.get(specific)
    return parent is not None and subsumes(general, parent)
