"""A server under long and careless use, and whether it is as before afterwards."""
