"""Programs that run inside a sprite: one makes and changes random trees, one describes a tree.

They run inside so that no link that they make can lead anywhere else.
"""

from __future__ import annotations

from typing import Final

# Arguments: seed, "new" or "more", the top directory, and words for what a tier can do.
MAKE: Final = r"""
import os, random, shutil, socket, stat, struct, sys
R = random.Random(int(sys.argv[1])); top = os.fsencode(sys.argv[3]); can = set(sys.argv[4:])
NAMES = [b"n", b"\xff\xfe", "\xe4 \xf6".encode(), b"new\nline", b"-rf", b"*", b" ", b"\x01\x7f"]
SIZES = [0, 1, 10, 5000, 70000, 300000]
MODES = [0o4755, 0o2750, 0o1777, 0o600, 0o755, 0o6711, 0o444]
TARGETS = [b"n", b"/etc/passwd", b"../..", b"nowhere", b"\xff", b"."]
HARMLESS = (IndexError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)

def everything(): return sorted(os.path.join(d, n) for d, ds, fs in os.walk(top) for n in ds + fs)
def directories(): return [top] + [p for p in everything() if stat.S_ISDIR(os.lstat(p).st_mode)]
def regular(): return [p for p in everything() if stat.S_ISREG(os.lstat(p).st_mode)]
def name():
    length = R.choice([0, 0, 0, 1, 200])
    text = R.choice(NAMES) + b"%d" % R.randrange(10**6)
    return (text + b"x" * 255)[:255] if length == 200 else text
def new(): return os.path.join(R.choice(directories()), name())
def write(size=None):
    with open(new(), "xb") as f: f.write(R.randbytes(R.choice(SIZES) if size is None else size))
def sparse():
    with open(new(), "xb") as f:
        for _ in range(R.randrange(1, 4)):
            f.seek(R.randrange(10**6), 1); f.write(R.randbytes(R.choice([1, 5000])))
        f.truncate(f.tell() + R.choice([0, 10**6, 10**9]))
def large(): write(3 * 10**6)
def deep():
    p = new()
    os.makedirs(os.path.join(p, *[b"d" * 60] * R.choice([1, 5, 30])))
def symlink(): os.symlink(R.choice(TARGETS), new())
def fifo(): os.mkfifo(new())
def bound():
    if "sockets" not in can: return
    d = os.open(R.choice(directories()), os.O_RDONLY); os.chdir(d); os.close(d)
    socket.socket(socket.AF_UNIX).bind(name()[:90])
def hard_link():
    files = [p for p in everything() if not stat.S_ISDIR(os.lstat(p).st_mode)]
    os.link(R.choice(files), new(), follow_symlinks=False)
def edit():
    with open(R.choice(regular()), "r+b") as f: f.seek(R.randrange(9)); f.write(b"in place")
def punch(): os.truncate(R.choice(regular()), R.choice([0, 5, 5000, 10**5]))
def mapped():
    import mmap
    p = R.choice([p for p in regular() if os.lstat(p).st_size > 20])
    with open(p, "r+b") as f, mmap.mmap(f.fileno(), 20) as m: m[3:6] = b"map"
def rename(): os.rename(R.choice(everything()), new())
def unlink(): os.unlink(R.choice(everything()))
def rmdir(): os.rmdir(R.choice(directories()[1:]))
def chmod():
    p = R.choice(everything())
    if os.path.islink(p): return
    os.chmod(p, R.choice(MODES) | (0o700 if os.path.isdir(p) else 0))
def chown():
    if "owners" not in can: return
    uid, gid = R.choice([0, 1000, 33, 65533]), R.choice([0, 1000, 7])
    os.chown(R.choice(everything()), uid, gid, follow_symlinks=False)
def xattr():
    p = R.choice([p for p in everything() if os.path.isdir(p) or os.path.isfile(p)])
    if os.path.islink(p): return
    os.setxattr(p, "user.%d" % R.randrange(3), R.randbytes(R.choice([0, 5, 900])))
def acl():
    if "acls" not in can: return
    other = 65533 if "owners" in can else os.getuid()
    entries = [(1, 6, 2**32 - 1), (2, 4, other), *[(tag, 4, 2**32 - 1) for tag in (4, 16, 32)]]
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(R.choice(regular()), "system.posix_acl_access", value)
def capability():
    if "capabilities" not in can: return
    value = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)
    os.setxattr(R.choice(regular()), "security.capability", value)
def utime():
    p = R.choice(everything())
    os.utime(p, ns=(R.randrange(2 * 10**18), R.randrange(2 * 10**18)), follow_symlinks=False)
def elsewhere():
    if "usr" not in can: return
    os.makedirs("/usr/local/share/t", exist_ok=True)
    with open("/usr/local/share/t/%d" % R.randrange(5), "w") as f: f.write(str(R.random()))
    for n in ("shuf", "tac", "nl"):
        if os.path.exists("/usr/bin/" + n): os.unlink("/usr/bin/" + n); break
CHANGES = [write] * 6 + [sparse] * 2 + [deep, symlink, fifo, bound, large] + [hard_link] * 3 + [
    edit, edit, punch, mapped, rename, rename, unlink, unlink, rmdir, chmod, chmod, chown, chown,
    xattr, xattr, acl, capability, utime, utime, elsewhere]

if sys.argv[2] == "new":
    os.makedirs(top, exist_ok=True)
    for entry in os.scandir(top):
        (shutil.rmtree if entry.is_dir(follow_symlinks=False) else os.unlink)(entry.path)
for _ in range(60 if sys.argv[2] == "new" else 25):
    try: R.choice(CHANGES)()
    except HARMLESS: continue
    except OSError as error:
        if error.errno not in (16, 22, 36, 39): raise  # busy, into itself, too long, not empty
"""

# Arguments: words for what a tier can do, a dash, then what to describe. What a tier cannot keep
# is left out; numbers of files and where just their holes are, only a snapshot keeps.
PICTURE: Final = r"""
import hashlib, os, stat, sys
can, tops = set(sys.argv[1:sys.argv.index("--")]), sys.argv[sys.argv.index("--") + 1:]
seen = {}
def holes(p, size):
    found, place, fd = [], 0, os.open(p, os.O_RDONLY)
    while place < size:
        try: place = os.lseek(fd, place, os.SEEK_DATA)
        except OSError: break
        end = os.lseek(fd, place, os.SEEK_HOLE); found.append((place, end)); place = end
    os.close(fd)
    return found
def look(p, out):
    i = os.lstat(p)
    if stat.S_ISSOCK(i.st_mode) and "sockets" not in can: return
    row = [p, oct(i.st_mode), i.st_uid, i.st_gid, i.st_mtime_ns, i.st_rdev]
    if not stat.S_ISDIR(i.st_mode): row += [i.st_nlink, seen.setdefault((i.st_dev, i.st_ino), p)]
    if "inodes" in can and not p.startswith(b"/usr"): row.append(i.st_ino)  # overlays number anew
    if stat.S_ISREG(i.st_mode):
        digest, data = hashlib.sha256(), holes(p, i.st_size)
        with open(p, "rb") as f:
            for start, end in data:
                for at in range(start // 4096 * 4096, end, 4096):
                    f.seek(at); block = f.read(4096)
                    if block.strip(b"\0"): digest.update(b"%d:" % at + block)
            digest.update(b"%d" % i.st_size)
        row += [i.st_size, digest.hexdigest()]
        if "extents" in can: row += [data, i.st_blocks]
    if stat.S_ISLNK(i.st_mode): row.append(os.readlink(p))
    else:
        names = [n for n in sorted(os.listxattr(p)) if n != "security.selinux"]
        row.append([(n, os.getxattr(p, n)) for n in names])
    out.append(row)
    if stat.S_ISDIR(i.st_mode):
        for n in sorted(os.listdir(p)): look(os.path.join(p, n), out)
out = []
for top in tops: look(os.fsencode(top), out)
if "usr" in can: out.append([n for n in ("shuf", "tac", "nl") if os.path.exists("/usr/bin/" + n)])
print(ascii(out))
"""
