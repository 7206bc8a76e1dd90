"""Files: read, write, list, delete, rename, copy, chmod, chown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.local.conftest import Api

HOME = "/home/sprite"


def call(api: Api, method: str, sprite: str, operation: str, **options: Any) -> httpx.Response:
    return api.http.request(method, api.path(sprite, f"/fs/{operation}"), **options)


def entries(api: Api, sprite: str, path: str, **query: Any) -> list[dict[str, Any]]:
    response = call(api, "GET", sprite, "list", params={"path": path, **query})
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["count"] == len(body["entries"])
    return list(body["entries"])


def refused(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    body = response.json()
    assert body["code"] == code
    assert body["error"]


@pytest.mark.usefixtures("own_root")
def test_what_is_written_is_read_and_seen_by_commands(api: Api, sprite: str) -> None:
    data = bytes(range(256)) * 5000
    response = call(api, "PUT", sprite, "write", params={"path": f"{HOME}/a/b/c.bin"}, content=data)
    assert response.json() == {"path": f"{HOME}/a/b/c.bin", "size": len(data), "mode": "0644"}
    assert api.read(sprite, f"{HOME}/a/b/c.bin") == data
    assert api.shell(sprite, "stat -c '%U %a %s' a/b/c.bin a/b") == (
        f"sprite 644 {len(data)}\nsprite 755 {api.shell(sprite, 'stat -c %s a/b')}"
    )


def test_a_file_that_is_being_written_is_not_listed(api: Api, sprite: str) -> None:
    """Whoever lists sees the files of users, each as it was or as it will be."""
    data = bytes(8 << 20)
    api.write(sprite, f"{HOME}/a/f", b"")
    done = threading.Event()

    def write() -> None:
        for _ in range(10):
            api.write(sprite, f"{HOME}/a/f", data)
        done.set()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        found = [(entry["name"], entry["size"]) for entry in entries(api, sprite, f"{HOME}/a")]
        while not done.is_set() and writing.running():
            found += [(e["name"], e["size"]) for e in entries(api, sprite, f"{HOME}/a")]
        writing.result()
    assert set(found) <= {("f", 0), ("f", len(data))}


def test_reading_is_declared_and_ranged(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/f", b"0123456789")
    path = {"path": f"{HOME}/f"}
    whole = call(api, "GET", sprite, "read", params=path)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-length"] == "10"
    assert whole.headers["accept-ranges"] == "bytes"
    for header, status, content, told in (
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 200, b"0123456789", None),
        ("bytes=5-999", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=²-", 200, b"0123456789", None),
    ):
        response = call(api, "GET", sprite, "read", params=path, headers={"Range": header.encode()})
        assert response.status_code == status, header
        assert response.content == content or status == 416, header
        assert response.headers.get("content-range") == told, header


def test_head_tells_the_size_alone(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/f", b"12345")
    response = call(api, "HEAD", sprite, "read", params={"path": f"{HOME}/f"})
    assert (response.headers["content-length"], response.content) == ("5", b"")


@pytest.mark.usefixtures("own_root")
def test_an_empty_file_and_one_of_the_kernel_are_read(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/empty", b"")
    assert api.read(sprite, f"{HOME}/empty") == b""
    assert api.read(sprite, "/proc/sys/kernel/ostype") == b"Linux\n"


def test_errors_have_the_kernels_name(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/file", b"x")
    for path, status, code in (
        (f"{HOME}/none", 404, "ENOENT"),
        (HOME, 400, "EISDIR"),
        (f"{HOME}/file/below", 400, "ENOTDIR"),
        ("/etc/shadow-none", 404, "ENOENT"),
        ("/" + "x" * 300, 400, "EINVAL"),
        ("/x" * 5000, 400, "EINVAL"),
        ("", 400, "EINVAL"),
        ("/a\x00b", 400, "EINVAL"),
    ):
        refused(call(api, "GET", sprite, "read", params={"path": path}), status, code)
    refused(call(api, "GET", sprite, "read"), 400, "EINVAL")
    body = call(api, "GET", sprite, "read", params={"path": f"{HOME}/none"}).json()
    assert body["path"] == f"{HOME}/none"


@pytest.mark.usefixtures("two_users")
def test_permissions_are_those_of_the_user(api: Api, sprite: str) -> None:
    api.write(sprite, "/root/secret", b"s", asRoot="true")
    refused(call(api, "GET", sprite, "read", params={"path": "/root/secret"}), 403, "EACCES")
    refused(
        call(api, "PUT", sprite, "write", params={"path": "/etc/new"}, content=b""), 403, "EACCES"
    )
    response = call(api, "GET", sprite, "read", params={"path": "/root/secret", "asRoot": "true"})
    assert response.content == b"s"


def test_paths_are_relative_to_the_working_directory(api: Api, sprite: str) -> None:
    api.write(sprite, "sub/f", b"1", workingDir=HOME)
    assert api.read(sprite, f"{HOME}/sub/f") == b"1"
    assert api.read(sprite, f"{HOME.lstrip('/')}/sub/../sub/./f") == b"1"


@pytest.mark.usefixtures("own_root")
@pytest.mark.parametrize(
    "path", ["/../../../../etc/hostname", "../../../etc/hostname", "/home/sprite/out/etc/hostname"]
)
def test_no_path_leads_out_of_the_sprite(api: Api, sprite: str, path: str) -> None:
    api.shell(sprite, "ln -s ../../../../../../../../.. out")
    inside = api.shell(sprite, "cat /etc/hostname")
    assert api.read(sprite, path).decode() == inside
    api.shell(sprite, "ln -s /proc/1/root/etc/hostname magic")
    response = call(api, "GET", sprite, "read", params={"path": f"{HOME}/magic"})
    assert response.status_code >= 400 or response.text == inside


def test_the_mode_is_kept_unless_given(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/run.sh", b"#!/bin/sh\n", mode="0755")
    api.write(sprite, f"{HOME}/run.sh", b"#!/bin/sh\necho hi\n")
    assert api.shell(sprite, "./run.sh; stat -c %a run.sh") == "hi\n755\n"
    api.write(sprite, f"{HOME}/run.sh", b"", mode="600")
    assert api.shell(sprite, "stat -c %a run.sh") == "600\n"
    for mode in ("999", "abc", "-1", "77777", "0o7777777", "\uff16"):
        refused(
            call(api, "PUT", sprite, "write", params={"path": f"{HOME}/x", "mode": mode}),
            400,
            "EINVAL",
        )


@pytest.mark.usefixtures("own_root")
@pytest.mark.parametrize("mode", ["0", "400", "666", "777", "1777", "2755", "4755"])
@pytest.mark.parametrize("root", ["false", "true"])
def test_the_mode_is_exactly_what_was_asked_for(
    api: Api, sprite: str, mode: str, root: str
) -> None:
    """Whatever umask the server has, whoever owns the file, also for the one in its place."""
    for data in (b"1", b"2"):
        api.write(sprite, f"{HOME}/f", data, mode=mode, asRoot=root)
        assert api.shell(sprite, "stat -c %a f") == f"{mode}\n"
        api.write(sprite, f"{HOME}/f", data)
        assert api.shell(sprite, "stat -c %a f") == f"{mode}\n"


def test_a_mode_is_a_text(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/run.sh", b"")
    for mode in (0, 644, 0o644, True):
        body = {"path": f"{HOME}/run.sh", "mode": mode}
        refused(call(api, "POST", sprite, "chmod", json=body), 400, "EINVAL")


def test_writing_through_a_link_changes_its_file(api: Api, sprite: str) -> None:
    api.shell(sprite, "echo old > real; ln -s real link")
    api.write(sprite, f"{HOME}/link", b"new")
    assert api.shell(sprite, "cat real; readlink link") == "newreal\n"


def test_writing_leaves_nothing_beside(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/d/f", b"1")
    api.write(sprite, f"{HOME}/d/f", b"2")
    refused(
        call(api, "PUT", sprite, "write", params={"path": f"{HOME}/d"}, content=b"x"),
        400,
        "EISDIR",
    )
    refused(
        call(api, "PUT", sprite, "write", params={"path": f"{HOME}/d/f/"}, content=b"x"),
        400,
        "EISDIR",
    )
    assert [entry["name"] for entry in entries(api, sprite, f"{HOME}/d")] == ["f"]


@pytest.mark.usefixtures("two_users")
def test_a_writable_file_in_a_directory_that_is_not_is_written(api: Api, sprite: str) -> None:
    api.write(sprite, "/srv/f", b"old", asRoot="true", mode="0666")
    api.write(sprite, "/srv/f", b"new")
    assert api.shell(sprite, "cat /srv/f; stat -c %U /srv/f") == "newroot\n"


@pytest.mark.usefixtures("own_root")
def test_root_keeps_the_owner_of_what_it_overwrites(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/mine", b"1")
    api.write(sprite, f"{HOME}/mine", b"2", asRoot="true")
    assert api.shell(sprite, "stat -c %U mine") == "sprite\n"


def test_missing_parents_are_made_unless_told_otherwise(api: Api, sprite: str) -> None:
    for name in ("mkdirParents", "mkdir"):
        params = {"path": f"{HOME}/p/q/r", name: "false"}
        refused(call(api, "PUT", sprite, "write", params=params), 404, "ENOENT")
    api.write(sprite, f"{HOME}/p/q/r", b"")
    assert api.shell(sprite, "find p | sort") == "p\np/q\np/q/r\n"


def test_a_file_over_the_limit_is_refused_and_not_begun(api: Api, sprite: str) -> None:
    path = {"path": f"{HOME}/big"}
    most = b"x" * (16 << 20)
    assert call(api, "PUT", sprite, "write", params=path, content=most).status_code == 200
    refused(call(api, "PUT", sprite, "write", params=path, content=most + b"x"), 413, "EINVAL")
    pieces = (b"x" * (1 << 20) for _ in range(17))
    refused(call(api, "PUT", sprite, "write", params=path, content=pieces), 413, "EINVAL")
    assert api.shell(sprite, "stat -c %s big") == f"{16 << 20}\n"


def test_listing_describes_each_entry(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkdir -p l/sub; printf 12345 > l/file; ln -s file l/link; mkfifo l/pipe")
    found = {entry["name"]: entry for entry in entries(api, sprite, f"{HOME}/l")}
    assert sorted(found) == ["file", "link", "pipe", "sub"]
    assert found["file"] | {"modTime": ""} == {
        "name": "file",
        "path": f"{HOME}/l/file",
        "type": "file",
        "size": 5,
        "mode": "0644",
        "modTime": "",
        "isDir": False,
    }
    assert (found["sub"]["type"], found["sub"]["isDir"]) == ("directory", True)
    assert found["link"]["type"] == "symlink"
    assert found["pipe"]["type"] == "file"
    assert datetime.fromisoformat(found["file"]["modTime"]).tzinfo is not None


def test_listing_a_file_an_empty_directory_and_nothing(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkdir empty; touch file; ln -s nowhere dangling")
    assert entries(api, sprite, f"{HOME}/empty") == []
    (entry,) = entries(api, sprite, f"{HOME}/file")
    assert (entry["name"], entry["path"]) == ("file", f"{HOME}/file")
    (entry,) = entries(api, sprite, f"{HOME}/dangling")
    assert entry["type"] == "symlink"
    refused(call(api, "GET", sprite, "list", params={"path": f"{HOME}/none"}), 404, "ENOENT")


def test_listing_below_and_by_pattern(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkdir -p t/a/b; touch t/1.py t/2.txt t/a/3.py t/a/b/4.py; ln -s .. t/a/up")
    top = f"{HOME}/t"

    def names(**query: Any) -> list[str]:
        return sorted(entry["path"][len(top) + 1 :] for entry in entries(api, sprite, top, **query))

    assert names() == ["1.py", "2.txt", "a"]
    assert names(recursive="true") == [
        "1.py", "2.txt", "a", "a/3.py", "a/b", "a/b/4.py", "a/up",
    ]  # fmt: skip
    assert names(pattern="*.py") == ["1.py"]
    assert names(recursive="true", pattern="*.py") == ["1.py", "a/3.py", "a/b/4.py"]
    assert names(recursive="true", pattern="a/*.py") == ["a/3.py", "a/b/4.py"]
    assert names(pattern="[") == []


def test_a_name_that_is_no_text_does_not_break_the_list(api: Api, sprite: str) -> None:
    odd = r"""touch "odd/$(printf '\377')" odd/ü🚀 "odd/$(printf 'a\nb')" """
    api.shell(sprite, f"mkdir odd; {odd}")
    assert sorted(entry["name"] for entry in entries(api, sprite, f"{HOME}/odd")) == [
        "a\nb",
        "ü🚀",
        "\ufffd",
    ]


def test_delete_by_query_and_by_body(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkdir -p d/e; touch d/e/f one two")
    response = call(api, "DELETE", sprite, "delete", params={"path": f"{HOME}/one"})
    assert response.json() == {"deleted": [f"{HOME}/one"], "count": 1}
    response = call(api, "DELETE", sprite, "delete", json={"path": "two", "workingDir": HOME})
    assert response.json() == {"deleted": [f"{HOME}/two"], "count": 1}
    path = {"path": f"{HOME}/d"}
    refused(call(api, "DELETE", sprite, "delete", params=path), 409, "ENOTEMPTY")
    response = call(api, "DELETE", sprite, "delete", params={**path, "recursive": "true"})
    assert sorted(response.json()["deleted"]) == [f"{HOME}/d", f"{HOME}/d/e", f"{HOME}/d/e/f"]
    refused(call(api, "DELETE", sprite, "delete", params=path), 404, "ENOENT")
    refused(call(api, "DELETE", sprite, "delete"), 400, "EINVAL")


def test_delete_does_not_follow_links(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkdir keep tree; touch keep/file; ln -s ../keep tree/link")
    params = {"path": f"{HOME}/tree", "recursive": "true"}
    assert call(api, "DELETE", sprite, "delete", params=params).status_code == 200
    assert api.shell(sprite, "ls keep") == "file\n"


@pytest.mark.usefixtures("own_root")
@pytest.mark.parametrize("path", ["/", "//", "/.", "/home/..", "/../"])
def test_the_root_is_never_deleted(api: Api, sprite: str, path: str) -> None:
    params = {"path": path, "recursive": "true", "asRoot": "true"}
    refused(call(api, "DELETE", sprite, "delete", params=params), 403, "EPERM")
    assert api.shell(sprite, "ls /home") == "sprite\n"


def test_rename(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/a", b"1")
    api.write(sprite, f"{HOME}/b", b"2")
    body = {"source": "a", "dest": "b", "workingDir": HOME}
    response = call(api, "POST", sprite, "rename", json=body)
    assert response.json() == {"source": f"{HOME}/a", "dest": f"{HOME}/b"}
    assert api.read(sprite, f"{HOME}/b") == b"1"
    refused(call(api, "POST", sprite, "rename", json=body), 404, "ENOENT")
    refused(call(api, "POST", sprite, "rename", json={"source": "a"}), 400, "EINVAL")


def test_copy_a_file_and_a_tree(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkdir -p s/t; printf 123 > s/a; printf 4567 > s/t/b; chmod 700 s/a")
    body: dict[str, Any] = {"source": f"{HOME}/s/a", "dest": f"{HOME}/copy"}
    response = call(api, "POST", sprite, "copy", json=body)
    assert response.json() == {"copied": [body], "count": 1, "totalBytes": 3}
    body = {"source": f"{HOME}/s", "dest": f"{HOME}/tree"}
    refused(call(api, "POST", sprite, "copy", json=body), 400, "EISDIR")
    response = call(api, "POST", sprite, "copy", json={**body, "recursive": True})
    assert (response.json()["count"], response.json()["totalBytes"]) == (4, 7)
    assert api.shell(sprite, "cat tree/a tree/t/b; stat -c %a copy tree/a") == "1234567700\n700\n"
    into = {"source": f"{HOME}/s", "dest": f"{HOME}/s/t/u", "recursive": True}
    refused(call(api, "POST", sprite, "copy", json=into), 400, "EINVAL")


@pytest.mark.usefixtures("own_root")
def test_copy_keeps_the_owner_when_asked(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/f", b"1")
    body = {"source": f"{HOME}/f", "dest": f"{HOME}/g", "asRoot": True, "preserveAttrs": True}
    assert call(api, "POST", sprite, "copy", json=body).status_code == 200
    assert api.shell(sprite, "stat -c %U g") == "sprite\n"


@pytest.mark.usefixtures("two_users")
def test_chmod(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkdir -p m/n; touch m/n/f; ln -s /etc/passwd m/link")
    body: dict[str, Any] = {"path": f"{HOME}/m", "mode": "0700"}
    response = call(api, "POST", sprite, "chmod", json=body)
    assert response.json() == {"affected": [{"path": f"{HOME}/m", "mode": "0700"}], "count": 1}
    response = call(api, "POST", sprite, "chmod", json={**body, "recursive": True})
    assert response.json()["count"] == 3
    assert api.shell(sprite, "stat -c %a m/n/f") == "700\n"
    assert api.shell(sprite, "stat -c %a /etc/passwd") == "644\n"
    refused(call(api, "POST", sprite, "chmod", json={"path": HOME}), 400, "EINVAL")
    refused(call(api, "POST", sprite, "chmod", json={"path": "/etc", "mode": "777"}), 403, "EPERM")


@pytest.mark.usefixtures("two_users")
def test_chown_by_number_and_name(api: Api, sprite: str) -> None:
    api.write(sprite, f"{HOME}/f", b"")
    path = f"{HOME}/f"
    body: dict[str, Any] = {"path": path, "asRoot": True}
    response = call(api, "POST", sprite, "chown", json={**body, "uid": 0, "gid": "sprite"})
    gid = int(api.shell(sprite, "id -g"))
    assert response.json() == {"affected": [{"path": path, "uid": 0, "gid": gid}], "count": 1}
    response = call(api, "POST", sprite, "chown", json={**body, "uid": "sprite"})
    assert response.json()["affected"][0]["uid"] == int(api.shell(sprite, "id -u"))
    for fields in ({}, {"uid": "nobody-here"}, {"uid": -2}, {"gid": [1]}, {"uid": 2**40}):
        refused(call(api, "POST", sprite, "chown", json={**body, **fields}), 400, "EINVAL")
    refused(call(api, "POST", sprite, "chown", json={"path": path, "uid": 0}), 403, "EPERM")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"path":1}', b'{"path":"/x","asRoot":3}'])
def test_a_body_that_makes_no_sense_is_refused(api: Api, sprite: str, body: bytes) -> None:
    for operation in ("rename", "copy", "chmod", "chown"):
        refused(call(api, "POST", sprite, operation, content=body), 400, "EINVAL")
