"""The one way in which anything is fetched by an address that came from outside."""
