"""The API told from its OpenAPI description: rows for the documentation, and a page that needs no other host."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """One request that the API answers."""

    request: str
    what: str
    query: tuple[tuple[str, str], ...]  # (name, what it means)
    body: tuple[tuple[str, str], ...]


def operations(said: Mapping[str, Any]) -> Iterator[Operation]:
    """Every request of an OpenAPI description, in its order."""
    schemas = said.get("components", {}).get("schemas", {})
    for path, methods in said["paths"].items():
        for method, told in methods.items():
            asked = [p for p in told.get("parameters", ()) if p["in"] in ("query", "header")]
            query = tuple((p["name"], _meaning({**p.get("schema", {}), **p})) for p in asked)
            content = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            schema = schemas.get(str(content.get("$ref", "")).rpartition("/")[2], {})
            body = tuple((name, _meaning(field)) for name, field in schema.get("properties", {}).items())
            yield Operation(f"{method.upper()} {path}", " ".join(told.get("description", "").split()), query, body)


def _meaning(field: Mapping[str, Any]) -> str:
    """What a field may be, and what it means."""
    choices = field.get("enum") or next((f["enum"] for f in field.get("anyOf", ()) if "enum" in f), None)
    kinds = [str(f.get("type", "object")) for f in field.get("anyOf", ()) if f.get("type") != "null"]
    kind = ", ".join(map(str, choices)) if choices else str(field.get("type") or (kinds or ["object"])[0])
    default = field.get("default")
    words = [kind, f"default {default}" if default not in (None, "") else "", field.get("description") or ""]
    return "; ".join(word.rstrip(".") for word in words if word)


def page(said: Mapping[str, Any]) -> str:
    """The API as a plain page, without script or style."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hullwatch: the API</title></head><body>',
        f"<h1>{escape(said['info']['title'])}: the API</h1><p>{escape(said['info'].get('description', ''))}</p>",
        '<p><a href="openapi.json">openapi.json</a> <a href="./">the console</a></p>',
    ]
    for one in operations(said):
        parts.append(f"<h2><code>{escape(one.request)}</code></h2><p>{escape(one.what)}</p>")
        for name, fields in (("asked with", one.query), ("said with", one.body)):
            if fields:
                listed = "".join(f"<dt><code>{escape(n)}</code></dt><dd>{escape(m)}</dd>" for n, m in fields)
                parts.append(f"<p>{name}</p><dl>{listed}</dl>")
    return "".join([*parts, "</body></html>"])
