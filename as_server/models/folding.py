"""The one form in which sign-in names, e-mail addresses and words of the directory are compared."""

import unicodedata


def folded(text: str) -> str:
    """`text` without outer blanks, case and the difference of composed and decomposed letters.

    Phone keyboards capitalise, some systems send "é" as two characters: it is the same name. RFC
    8265 3.3 (UsernameCaseMapped) maps case and normalises to NFC; this is Unicode's canonical
    caseless match (D145), which agrees with it and knows every letter's case.
    """
    decomposed = unicodedata.normalize("NFD", text.strip())
    return unicodedata.normalize("NFC", decomposed.casefold())
