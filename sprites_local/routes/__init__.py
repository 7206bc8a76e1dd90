"""The wire: requests in, answers out; what they mean is decided elsewhere."""
