"""What models are told: one Markdown file a prompt, `$name` where a value goes (`$$` is a dollar sign)."""

from __future__ import annotations

from importlib.resources import files
from string import Template


def render(prompt: str, /, **values: str) -> str:
    """The prompt with its values. Dollar signs inside a value stay as they are.

    Raises FileNotFoundError for an unknown prompt, KeyError for a value that is missing, TypeError for one
    too many: all three are mistakes in the program.
    """
    template = Template(files(__package__).joinpath(f"{prompt}.md").read_text(encoding="utf-8").strip())
    if extra := values.keys() - set(template.get_identifiers()):
        raise TypeError(f"The prompt {prompt!r} has no place for {', '.join(sorted(extra))}.")
    return template.substitute(values)


def names() -> tuple[str, ...]:
    """Every prompt there is."""
    return tuple(
        sorted(
            file.name.removesuffix(".md")
            for file in files(__package__).iterdir()
            if file.name.endswith(".md")
        )
    )
