"""The interface described for people: one plain page without scripts or outside requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: .4rem; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; padding: .4rem .75rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left;
  vertical-align: top; }
h2 { margin-top: 2rem; } small { opacity: .75; }
"""


def page(document: Mapping[str, Any]) -> str:
    """The document as HTML."""
    sections: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            shown = _operation(method.upper(), path, operation)
            sections.setdefault(operation["tags"][0], []).append(shown)
    info = document["info"]
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(some)}" for tag, some in sections.items())
    shapes = "".join(_shape(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}: REST API</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}: REST API</h1>"
        f"<p>{escape(info['description'])}</p>"
        "<p>All addresses begin with <code>/api/v1</code>. Programs send a key as "
        "<code>Authorization: Bearer KEY</code>. "
        '<a href="openapi.json">The same as OpenAPI</a>.</p>'
        f"{body}<h2>Shapes</h2>{shapes}</body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parts = [f"<p><small>{escape(operation['description'])}</small></p>"]
    if parameters := operation["parameters"]:
        rows = "".join(
            f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(_kind(each['schema']))}</td>"
            f"<td>{escape(each.get('description', ''))}</td></tr>"
            for each in parameters
        )
        parts.append(f"<table>{rows}</table>")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Send <code>{escape(kind)}</code>: {_linked(content['schema'])}</p>")
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            continue
        for kind, content in response.get("content", {}).items():
            parts.append(f"<p>{status} <code>{escape(kind)}</code>: {_linked(content['schema'])}</p>")
    lead = f"<b>{method}</b> <code>{escape(path)}</code> {escape(operation['summary'])}"
    return f"<details><summary>{lead}</summary>{''.join(parts)}</details>"


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    shown = escape(json.dumps(schema, indent=2, ensure_ascii=False))
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<pre>{shown}</pre></details>"
    )


def _linked(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    return escape(_kind(schema))


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    return str(schema.get("contentMediaType") or schema.get("format") or schema.get("type") or "anything")
