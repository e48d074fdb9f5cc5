"""The network: encoder, heads, windows, decoding, bundle."""
