"""What `{"include": "defaults"}` in a network policy allows: a list of our own.

Where source code and packages come from, and the interfaces of language models. The platform does
not publish its list. `docs/guides/local-server.md` shows this one; a test holds the two together.
"""

from __future__ import annotations

from typing import Final

DEFAULTS: Final = frozenset(
    {
        # Source code
        "github.com", "*.github.com", "*.githubusercontent.com", "*.githubassets.com", "ghcr.io",
        "gitlab.com", "*.gitlab.com", "bitbucket.org", "*.bitbucket.org",
        # Packages of languages
        "pypi.org", "*.pypi.org", "*.pythonhosted.org",
        "npmjs.org", "*.npmjs.org", "npmjs.com", "*.npmjs.com", "yarnpkg.com", "*.yarnpkg.com",
        "nodejs.org", "*.nodejs.org",
        "crates.io", "*.crates.io", "*.rust-lang.org",
        "proxy.golang.org", "sum.golang.org", "go.dev", "*.go.dev",
        "rubygems.org", "*.rubygems.org", "hex.pm", "*.hex.pm",
        "repo.maven.apache.org", "repo1.maven.org", "packagist.org", "*.packagist.org",
        # Packages of systems, and images
        "*.debian.org", "*.ubuntu.com", "*.alpinelinux.org", "*.fedoraproject.org",
        "docker.io", "*.docker.io", "docker.com", "*.docker.com", "quay.io", "*.quay.io",
        # Language models
        "api.anthropic.com", "api.openai.com", "generativelanguage.googleapis.com",
        "api.mistral.ai", "api.groq.com", "openrouter.ai", "huggingface.co", "*.huggingface.co",
    }
)  # fmt: skip
