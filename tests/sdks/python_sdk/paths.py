"""Paths, most of which needs no server, and what tells files from directories."""

from sprites import DirEntry


def names(client, sprite):
    path = sprite.filesystem("/srv/app").path("logs/site.tar.gz")
    return {
        "parts": [path.name, path.stem, path.suffix, path.suffixes, list(path.parts)],
        "above": [str(path.parent), [str(one) for one in path.parents]],
        "joined": str(path.parent.joinpath("a", "b")),
        "renamed": [str(path.with_name("x")), str(path.with_stem("y"))],
        "suffixed": str(path.with_suffix(".z")),
        "absolute": [path.is_absolute(), path.is_relative_to("/srv")],
        "relative": str(path.relative_to("/srv")),
    }


def kinds(client, sprite):
    files = sprite.filesystem("/tmp")
    (files / "d/f").write_text("one")
    (files / "d/g").write_text("two")
    (files / "d/f").replace("/tmp/d/g")
    entries = [entry.name for entry in (files / "d").iterdir()]
    return {
        "kinds": [(files / "d").is_dir(), (files / "d/g").is_file(), (files / "d/g").is_dir()],
        "entries": sorted(entries),
        "replaced": (files / "d/g").read_text(),
        "files": [(files / "d/g").stat().is_file, DirEntry("n", "/n", is_dir=False).is_file],
        "working": [str(files.cwd), str(files.root)],
    }
