"""Reads our short docstrings: ``name : what it is`` on one line, in numpydoc's sections.

numpydoc takes what stands after the colon for a type. Types stand in the signature here, so it is
put on a line of its own, where the site's generator looks for the description.
"""

import re

import griffe

_SECTION = re.compile(r"^(Parameters|Returns|Raises|Attributes)\n-+$", re.MULTILINE)
_NAMED = re.compile(r"^([\w*`]+(?:, [\w*`]+)*)(?: : (.*))?$")


class ShortNumpydoc(griffe.Extension):
    """Rewrites docstrings as they are found."""

    def on_object(self, *, obj, **_kwargs):
        """Turn every ``name : text`` of a section into a name with the text below."""
        if obj.docstring:
            obj.docstring.value = long(obj.docstring.value)


def long(text):
    """Return a docstring with the description of each item on lines of its own."""
    found, inside = [], False
    lines = text.split("\n")
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if following and set(following) == {"-"}:
            inside = bool(_SECTION.match(f"{line}\n{following}"))
        item = _NAMED.match(line) if inside and set(line) != {"-"} else None
        if item and item[2]:
            found += [item[1], f"    {item[2]}"]
        else:
            found.append(line)
    return "\n".join(found)
