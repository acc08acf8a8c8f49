"""A dozen policies to start from, each a TOML document with a title, comments and sums to replace by one's own.

Here live documents only: whatever they need is a choice of the fields of `docs/policies/fields.md`.
"""

import tomllib
from importlib.resources import files

_SUFFIX = ".toml"


def template_names() -> tuple[str, ...]:
    """The names of all templates, in alphabetical order."""
    entries = [entry.name for entry in files(__name__).iterdir()]
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in entries if name.endswith(_SUFFIX)))


def template_text(name: str) -> str:
    """A template's document, comments included; `LookupError` if there is none of this name."""
    if name not in template_names():
        raise LookupError(f"There is no template '{name}'. There are: {', '.join(template_names())}.")
    return files(__name__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")


def template_titles() -> dict[str, str]:
    """What each template is called in the list that a manager chooses from, by its name."""
    return {name: str(tomllib.loads(template_text(name))["name"]) for name in template_names()}
