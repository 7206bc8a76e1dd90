"""The URL of a sprite: requests that are for the program inside, not for the API."""
