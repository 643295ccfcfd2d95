"""An OpenAI-compatible server over our engine, and the proxy for Hermes Agent.

Loopback by default; no request can name a path, a model folder or a tool.
"""
