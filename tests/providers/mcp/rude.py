"""A server of few manners that speaks the protocol by hand: what it does wrong is its argument."""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def send(**message: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def listing() -> list[dict[str, Any]]:
    """Tools among which only `fine` and `circle` can be used."""
    deep: dict[str, Any] = {"type": "object", "properties": {"text": {"type": "string", "maxLength": "long"}}}
    bomb = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 10} for n in range(20)}
    circle = {"type": "object", "$defs": {**bomb, "d20": {}}, "$ref": "#/$defs/d0"}
    return [
        {"name": "fine", "inputSchema": {"type": "object"}},
        {"name": "fine", "inputSchema": {"type": "object"}},
        {"name": "circle", "inputSchema": circle},
        {"name": "wrong", "inputSchema": deep},
        {"name": "list", "inputSchema": {"type": "array"}},
        {"name": "long", "inputSchema": {"type": "object", "description": "x" * 30_000}},
    ]


def answer(request: dict[str, Any], manner: str) -> None:
    match request["method"]:
        case "initialize" if manner == "silent":
            return
        case "initialize":
            version = "1999-01-01" if manner == "old" else request["params"]["protocolVersion"]
            about = {"name": "rude", "version": "1"}
            capabilities = {} if manner == "toolless" else {"tools": {}}
            result: Any = {"protocolVersion": version, "capabilities": capabilities, "serverInfo": about}
        case "tools/list":
            result = {"tools": listing()}
        case "tools/call":
            call(request, manner)
            return
        case _:
            result = {}
    send(id=request["id"], result=result)


def call(request: dict[str, Any], manner: str) -> None:
    done = {"content": [{"type": "text", "text": "done"}]}
    match manner:
        case "flood":
            notice = {"progressToken": request["params"]["_meta"]["progressToken"], "progress": 1}
            while True:
                send(method="notifications/progress", params=notice)
        case "giant":
            send(id=request["id"], result={"content": [{"type": "text", "text": "x" * 20_000_000}]})
        case "garbage":
            while True:
                print("What a lovely day.")
        case "shapeless":
            send(id=request["id"], result={"content": "none"})
        case "refusing":
            send(id=request["id"], error={"code": -32602, "message": "no key sk-abcdefgh12345678 for you"})
        case "unknown":
            send(id=77, method="vendor/strange", params={})
            send(method="notifications/strange", params={"a": 1})
            send(id="not a number", result={})
            while (reply := json.loads(sys.stdin.readline())).get("id") != 77:
                pass
            text = str(reply["error"]["code"])
            send(id=request["id"], result={"content": [{"type": "text", "text": text}]})
        case _:
            send(id=request["id"], result=done)


if __name__ == "__main__":
    if sys.argv[1] == "slow":
        time.sleep(4)
    for line in sys.stdin:
        received = json.loads(line)
        if "id" in received and "method" in received:
            answer(received, sys.argv[1])
    if sys.argv[1] == "stubborn":
        time.sleep(3600)
