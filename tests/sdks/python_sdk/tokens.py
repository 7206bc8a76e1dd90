"""Tokens. The SDK asks the hosted platform, whatever its base URL; only the network leads here."""

import asyncio

import httpx
from sprites import AsyncSpritesClient, SpriteError, SpritesClient

PLATFORM = "api.sprites.dev"


def _led_here(transport, url):
    """Make a transport's way to the platform one to the server, as a name server could."""
    send = transport.handle_async_request if _is_async(transport) else transport.handle_request

    def lead(request):
        if request.url.host == PLATFORM:
            here = httpx.URL(url)
            request.url = request.url.copy_with(scheme="http", host=here.host, port=here.port)
            request.headers["Host"] = f"{here.host}:{here.port}"
        return send(request)

    return lead


def _is_async(transport):
    return isinstance(transport, httpx.AsyncHTTPTransport)


def _redirect(kind, url):
    class Redirected(kind):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            name = "handle_async_request" if _is_async(self) else "handle_request"
            setattr(self, name, _led_here(self, url))

    return Redirected


def created(client, sprite):
    kept = httpx._client.HTTPTransport, httpx._client.AsyncHTTPTransport
    httpx._client.HTTPTransport = _redirect(kept[0], client.base_url)
    httpx._client.AsyncHTTPTransport = _redirect(kept[1], client.base_url)
    try:
        token = SpritesClient.create_token(client.token, "local", "invitation")
        again = asyncio.run(AsyncSpritesClient.create_token(client.token, "local"))
        try:
            SpritesClient.create_token("no-macaroon", "local")
        except SpriteError as error:
            refused = "status 401" in str(error)
    finally:
        httpx._client.HTTPTransport, httpx._client.AsyncHTTPTransport = kept
    with SpritesClient(token, client.base_url) as other:
        found = other.get_sprite(sprite.name).name == sprite.name
    return {"opens": found, "differ": token != again, "refused": refused}
