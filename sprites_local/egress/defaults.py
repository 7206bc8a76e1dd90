"""What `{"include": "defaults"}` in a network policy allows: a list of our own.

Where source code, toolchains and images come from, and the interfaces of language models. Which
registry of packages a program uses is for its owner to say (`serve --default-domain`). The platform
does not publish its list. `docs/guides/local-server.md` shows this one; a test holds both together.
"""

from __future__ import annotations

from typing import Final

DEFAULTS: Final = frozenset(
    {
        # Source code
        "github.com", "*.github.com", "*.githubusercontent.com", "*.githubassets.com",
        "gitlab.com", "*.gitlab.com", "bitbucket.org", "*.bitbucket.org",
        # Toolchains and images
        "nodejs.org", "*.nodejs.org", "*.rust-lang.org", "go.dev", "*.go.dev",
        "ghcr.io", "docker.io", "*.docker.io", "docker.com", "*.docker.com", "quay.io", "*.quay.io",
        # Language models
        "api.anthropic.com", "api.openai.com", "generativelanguage.googleapis.com",
        "api.mistral.ai", "api.groq.com", "openrouter.ai", "huggingface.co", "*.huggingface.co",
    }
)  # fmt: skip
