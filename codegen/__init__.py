"""How openapi.yaml becomes generated/sprites_api: the templates and the document they read."""
