"""The words of the domain: values, events, ports and errors. Standard library only."""
