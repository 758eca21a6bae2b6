"""One module an outside service or a packaged model; each implements a port. SDKs load inside functions."""
