"""The types that users see; checked by mypy, never run."""

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any, assert_type

import httpx

from sprites_facade import (
    APIStatusError,
    AsyncCheckpointStream,
    AsyncRestoreStream,
    AsyncSprite,
    AsyncSpritesClient,
    Checkpoint,
    CheckpointStream,
    Completed,
    FileEntry,
    OperationFailedError,
    RestartResult,
    RestoreStream,
    Sprite,
    SpriteEvent,
    SpriteHealth,
    SpriteInfo,
    SpritePage,
    SpritePath,
    SpritesClient,
    SpritesError,
    StreamMessage,
    UpgradeResult,
    UrlSettings,
)
from sprites_facade.testing import AsyncLocalServer, LocalServer


def sync_api(client: SpritesClient) -> None:
    """P30: nothing is Any, and both streams are classes of their own."""
    sprite = client.create_sprite("demo", labels=["ci"], url_settings=UrlSettings(auth="public"))
    assert_type(sprite, Sprite)
    assert_type(client.sprite("demo"), Sprite)
    assert_type(client.get_sprite("demo"), Sprite)
    assert_type(client.path("demo", "/a"), SpritePath)
    assert_type(SpritesClient.mint_token("org", "macaroon", proxy="http://localhost"), str)
    assert_type(SpritesClient(tls=ssl.create_default_context(), proxy=None), SpritesClient)
    assert_type(sprite.info, SpriteInfo | None)
    assert_type(sprite.refresh(), SpriteInfo)
    assert_type(sprite.update(labels=()), SpriteInfo)
    assert_type(sprite.upgrade(), UpgradeResult)
    assert_type(sprite.restart(), RestartResult)
    assert_type(sprite.check(), SpriteHealth)
    assert_type(iter(client.list_sprites("a")), Iterator[SpriteInfo])
    assert_type(client.list_sprites().pages(), Iterator[SpritePage])
    with client.watch_sprites() as watch:
        for event in watch:
            assert_type(event, SpriteEvent)
    sync_checkpoints(client, sprite)
    sync_commands(client, sprite)


def sync_checkpoints(client: SpritesClient, sprite: Sprite) -> None:
    """The handle and the client return the same."""
    assert_type(sprite.create_checkpoint("label"), CheckpointStream)
    assert_type(client.create_checkpoint("demo", comment="label"), CheckpointStream)
    assert_type(client.restore_checkpoint("demo", "v1"), RestoreStream)
    with sprite.restore_checkpoint("v1") as stream:
        assert_type(stream, RestoreStream)
        for message in stream:
            assert_type(message, StreamMessage)
        assert_type(stream.next(timeout=1), StreamMessage | None)
        assert_type(stream.result(), Checkpoint)
        stream.process_all(lambda message: message.type)
    assert_type(sprite.list_checkpoints(), list[Checkpoint])
    assert_type(client.list_checkpoints("demo", "v1", include_auto=True), list[Checkpoint])
    checkpoint = sprite.get_checkpoint("v1")
    assert_type(checkpoint, Checkpoint)
    assert_type(checkpoint.create_time, datetime | None)
    assert_type(checkpoint.history, tuple[str, ...])
    assert_type(checkpoint.extra, Mapping[str, Any])


def sync_commands(client: SpritesClient, sprite: Sprite) -> None:
    """Text unless bytes are asked for."""
    assert_type(sprite.run_http(["a"]), Completed[str])
    assert_type(sprite.run_http("a | b", input=b"x", text=True), Completed[str])
    assert_type(client.run_http("demo", ["a"], text=False), Completed[bytes])
    assert_type(sprite.run_http(["a"]).stdout, str)
    assert_type(sprite.run_http(["a"], text=False).stderr, bytes)
    assert_type(sprite.files.read_bytes("a"), bytes)
    assert_type(sprite.files.read_text("a"), str)
    assert_type(sprite.files.list("a"), list[FileEntry])


async def async_api(client: AsyncSpritesClient) -> None:
    """The same methods, to be awaited."""
    sprite = await client.create_sprite("demo")
    assert_type(sprite, AsyncSprite)
    assert_type(await client.get_sprite("demo"), AsyncSprite)
    assert_type(await sprite.refresh(), SpriteInfo)
    assert_type(aiter(client.list_sprites()), AsyncIterator[SpriteInfo])
    assert_type(client.list_sprites().pages(), AsyncIterator[SpritePage])
    assert_type(await sprite.list_checkpoints(), list[Checkpoint])
    assert_type(await sprite.run_http(["a"]), Completed[str])
    assert_type(await client.run_http("demo", ["a"], text=False), Completed[bytes])
    async with client.watch_sprites() as watch:
        async for event in watch:
            assert_type(event, SpriteEvent)
    await async_checkpoints(client, sprite)


async def async_checkpoints(client: AsyncSpritesClient, sprite: AsyncSprite) -> None:
    """A stream can be awaited or entered."""
    async with sprite.create_checkpoint("label") as stream:
        assert_type(stream, AsyncCheckpointStream)
        async for message in stream:
            assert_type(message, StreamMessage)
        assert_type(await stream.next(), StreamMessage | None)
        assert_type(await stream.result(), Checkpoint)
    assert_type(await client.restore_checkpoint("demo", "v1"), AsyncRestoreStream)
    async with client.restore_checkpoint("demo", "v1") as restoring:
        assert_type(restoring, AsyncRestoreStream)
        await restoring.process_all(awaiting)


async def awaiting(message: StreamMessage) -> None:
    """A handler of the async world may await."""
    assert_type(message.data, str | None)


def settings(http: httpx.Client, async_http: httpx.AsyncClient) -> None:
    """All settings but the token are keywords."""
    SpritesClient("token", base_url="http://x", timeout=None, max_retries=0, http_client=http)
    AsyncSpritesClient(http_client=async_http)


def failures(error: SpritesError) -> None:
    """Errors tell their classes and their fields."""
    if isinstance(error, APIStatusError):
        assert_type(error.status, int)
        assert_type(error.retry_after, float | None)
    if isinstance(error, OperationFailedError):
        assert_type(error.messages, tuple[Any, ...])


def mistakes(
    client: SpritesClient, sprite: Sprite, http: httpx.Client, stream: CheckpointStream
) -> None:
    """Each is found by the type checker; an ignore that is not needed is an error."""
    client.create_sprite("demo", label="ci")  # type: ignore[call-arg]
    client.create_sprite("demo", runtime="prod")  # type: ignore[arg-type]
    client.list_sprites("a", 50)  # type: ignore[call-arg]
    sprite.list_checkpoints("v1", True)  # type: ignore[call-arg]
    sprite.run_http([1])  # type: ignore[list-item]
    sprite.create_checkpoint().result().id = "v2"  # type: ignore[misc]
    AsyncSpritesClient(http_client=http)  # type: ignore[arg-type]
    restoring: RestoreStream = stream  # type: ignore[assignment]
    restoring.close()


def local_servers(
    server: LocalServer, other: AsyncLocalServer, http: httpx.Client, there: httpx.AsyncClient
) -> None:
    """Their clients have the options of clients, and no others."""
    assert_type(server.client(timeout=3, http_client=http), SpritesClient)
    assert_type(other.client(max_retries=0, http_client=there), AsyncSpritesClient)
    server.client(timeot=3)  # type: ignore[call-arg]
    other.client(http_client=http)  # type: ignore[arg-type]
