"""Client-certificate identity and proof of intent for Django behind the countersign gateway.

The gateway sends a signed statement with each request, `Countersign-Assertion`. This package believes
that statement and nothing else: no other header, no address, no network.
"""

__version__ = "0.1.0"
