"""Services: processes that a sprite keeps running."""
