"""Numerist beyond Python: a web page that holds a network, and the HTTP service."""
