"""Fixtures for all tests."""

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, which is no fault of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, the one loop the facade supports."""
    return "asyncio"
