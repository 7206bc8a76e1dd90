"""What tests need of the machine that they run on."""

import os
import sys

import pytest

from sprites_local.engines.full import criu

needs_full_tier = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="the full tier needs root on Linux"
)
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
needs_criu = pytest.mark.skipif(
    not criu.candidates(), reason="needs CRIU: `python -m sprites_local install-criu`"
)
