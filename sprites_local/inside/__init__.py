"""What a sprite may ask of the server from inside: the socket /.sprite/api.sock."""
