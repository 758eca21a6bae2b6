"""Tools of MCP servers. The operator declares them in tools.toml; nobody else can name a command or address.

`servers` is the front: it keeps a `connection` a server and offers what they list. A connection runs in one
task of its own, over `stdio` (a child process) or `http`; `inlet` lets in what a server sends, at a bearable
pace. `offers` turns a server's list into what models may call, `checking` looks at arguments before a call,
`results` makes data of what comes back, `reasons` says in plain words why a server is down.
"""
