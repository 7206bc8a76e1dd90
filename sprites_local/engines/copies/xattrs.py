"""Extended attributes that can be kept and set again."""

from __future__ import annotations

import errno
import os
import sys

_ABSENT = {errno.ENOTSUP, errno.ENODATA, errno.ENOENT}

Xattrs = tuple[tuple[str, str], ...]
"""Names and values in hex, sorted."""


def _wanted(name: str) -> bool:
    if name.startswith(("user.", "system.posix_acl_")):
        return True
    return os.geteuid() == 0 and (name == "security.capability" or name.startswith("trusted."))


if sys.platform == "linux":

    def read_xattrs(target: int | str) -> Xattrs:
        """Return the attributes of an open file, or of a path whose last link is not followed."""
        follow = isinstance(target, int)
        try:
            names = os.listxattr(target, follow_symlinks=follow)
            found = [
                (n, os.getxattr(target, n, follow_symlinks=follow)) for n in names if _wanted(n)
            ]
        except OSError as error:
            if error.errno not in _ABSENT:
                raise
            return ()
        return tuple(sorted((n, value.hex()) for n, value in found))

    def write_xattrs(target: int | str, xattrs: Xattrs) -> None:
        """Set attributes on something that has none."""
        for name, value in xattrs:
            os.setxattr(target, name, bytes.fromhex(value), follow_symlinks=isinstance(target, int))

else:  # Python has no calls for them here: extended attributes are not kept

    def read_xattrs(target: int | str) -> Xattrs:
        """Return nothing."""
        return ()

    def write_xattrs(target: int | str, xattrs: Xattrs) -> None:
        """Do nothing: none were kept."""
