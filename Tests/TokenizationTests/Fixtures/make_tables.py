"""Prints the data tables of Sources/Tokenization/Cleaning/Tables from Python's own copies of public standards.

    python make_tables.py ../../../Sources/Tokenization/Cleaning/Tables

HTMLEntityTable.swift       the HTML standard's named character references (html.entities.html5)
CanonicalTable.swift        Unicode's canonical decompositions (unicodedata)
WidthTable.swift            compatibility forms of U+FF01...U+FFEE (unicodedata)
"""
import html.entities
import os
import sys
import textwrap
import unicodedata


def hexes(text):
    return "+".join("%X" % ord(c) for c in text)


def write(folder, name, doc, entries):
    body = textwrap.fill(" ".join(entries), width=106, break_long_words=False, break_on_hyphens=False)
    lines = ["/// " + line for line in doc]
    lines.append("enum %s {" % name)
    lines.append('  static let entries: StaticString = """')
    lines += ["    " + line for line in body.split("\n")]
    lines += ['    """', "}", ""]
    with open(os.path.join(folder, name + ".swift"), "w") as file:
        file.write("\n".join(lines))


def entities():
    table = html.entities.html5
    for name in sorted(table):
        if name.endswith(";"):
            bare = name[:-1] in table
            if bare:
                assert table[name] == table[name[:-1]]
            yield name[:-1] + ("!" if bare else ";") + hexes(table[name])
    assert all(name.endswith(";") or name + ";" in table for name in table)


def decompositions():
    for value in range(0x110000):
        parts = unicodedata.decomposition(chr(value))
        if parts and not parts.startswith("<"):
            text = "".join(chr(int(part, 16)) for part in parts.split())
            assert len(text) <= 2
            composes = unicodedata.normalize("NFC", text) == chr(value)
            yield "%X%s%s" % (value, "=" if composes else "*", hexes(text))


def widths():
    for value in range(0xFF01, 0xFFF0):
        form = unicodedata.normalize("NFKC", chr(value))
        if form != chr(value) and not 0xFF01 <= value <= 0xFF5E:
            yield "%X=%s" % (value, hexes(form))


folder = sys.argv[1]
version = unicodedata.unidata_version
made = "Made by Tests/TokenizationTests/Fixtures/make_tables.py."
write(folder, "HTMLEntityTable",
      ["The HTML standard's named character references: `NAME;SCALARS`, in hexadecimal.",
       "`NAME!SCALARS` marks one that also counts without its semicolon.", "",
       "Source: https://html.spec.whatwg.org/multipage/named-characters.html, as Python's `html.entities.html5`",
       "lists it. " + made], list(entities()))
write(folder, "CanonicalTable",
      ["Unicode %s's canonical decompositions: `SCALAR=FIRST+SECOND`, in hexadecimal." % version,
       "`SCALAR*...` marks one that composition never restores. Hangul syllables are computed, not listed.", "",
       "Source: UnicodeData.txt and CompositionExclusions.txt, as Python's `unicodedata` holds them. " ,
       made], list(decompositions()))
write(folder, "WidthTable",
      ["What half-width and full-width forms stand for (NFKC), U+FF5F to U+FFEE: `SCALAR=SCALAR`, in hexadecimal.",
       "U+FF01...U+FF5E are ASCII plus 0xFEE0 and need no table.", "",
       "Source: UnicodeData.txt, as Python's `unicodedata` holds it.", made], list(widths()))
