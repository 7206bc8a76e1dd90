"""Files: write, read, list, stat, move, copy, mark, remove."""

from sprites import DirectoryNotEmptyError, FileNotFoundError_, IsADirectoryError_
from sprites.exceptions import FilesystemError


def contents(client, sprite):
    folder = sprite.filesystem("/tmp/box")
    data = bytes(range(256)) * 4000
    (folder / "deep/er/data.bin").write_bytes(data)
    (folder / "ü.txt").write_text("äöü\n", mode=0o600)
    stat = (folder / "ü.txt").stat()
    return {
        "same": (folder / "deep/er/data.bin").read_bytes() == data,
        "text": (folder / "ü.txt").read_text(),
        "stat": [stat.name, stat.size, int(stat.mode, 8) & 0o777, stat.is_dir],
        "seen": sprite.command("cat", "/tmp/box/ü.txt").output().decode(),
        "listed": sorted(sprite.filesystem().path("tmp", "box").listdir()),
    }


def moves(client, sprite):
    folder = sprite.filesystem("/tmp")
    (folder / "a/one").write_text("1")
    (folder / "a/one").rename("/tmp/a/two")
    (folder / "a").copy_to("/tmp/b")
    (folder / "b/two").chmod(0o755)
    mode = sprite.command("stat", "-c", "%a %n", "/tmp/a/two", "/tmp/b/two").output().decode()
    return {
        "listed": [(folder / "a").listdir(), (folder / "b").listdir()],
        "modes": mode,
        "gone": (folder / "a/one").exists(),
        "content": (folder / "b/two").read_text(),
    }


def removal(client, sprite):
    folder = sprite.filesystem("/tmp")
    (folder / "d/f").write_text("x")
    found = {}
    try:
        (folder / "d").rmdir()
    except DirectoryNotEmptyError as error:
        found["full"] = type(error).__name__
    (folder / "d/f").unlink()
    (folder / "d").rmdir()
    (folder / "e/f/g").write_text("x")
    (folder / "e").rmtree()
    found["left"] = [(folder / name).exists() for name in ("d", "e")]
    (folder / "nothing").unlink(missing_ok=True)
    return found


def refusals(client, sprite):
    folder = sprite.filesystem("/tmp")
    (folder / "dir/file").write_text("x")
    found = {}
    for name, work in {
        "missing": (folder / "nothing").read_bytes,
        "directory": (folder / "dir").read_bytes,
        "below": (folder / "dir/file/x").read_bytes,
    }.items():
        try:
            work()
        except (FileNotFoundError_, IsADirectoryError_, FilesystemError) as error:
            found[name] = type(error).__name__
    return found


def stat_of_a_directory(client, sprite):
    folder = sprite.filesystem("/tmp")
    (folder / "dir/child").write_text("x")
    sprite.run("mkdir", "/tmp/empty")
    stat = (folder / "dir").stat()
    return {"name": stat.name, "is_dir": stat.is_dir, "empty": (folder / "empty").exists()}


def making_a_directory(client, sprite):
    folder = sprite.filesystem("/tmp")
    (folder / "new").mkdir(parents=True, mode=0o700)
    (folder / "new/.keep").write_text("mine")
    (folder / "new").mkdir()
    mode = sprite.command("stat", "-c", "%a", "/tmp/new").output().decode()
    return {"made": mode, "keep": (folder / "new/.keep").exists()}


def touching(client, sprite):
    script = sprite.filesystem() / "tmp/script"
    script.write_text("#!/bin/sh\n", mode=0o755)
    script.touch()
    return sprite.command("stat", "-c", "%a", "/tmp/script").output().decode()
