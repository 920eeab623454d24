"""What one verification costs: `python -m tests.bench_verification`, from the package's folder."""

import time
import timeit

import django
from django.conf import settings

if __name__ == "__main__":
    settings.configure(COUNTERSIGN={"KEYS": "none", "AUDIENCE": "app"})
    django.setup()
    from django_countersign import binding
    from django_countersign.identity import Revocation
    from django_countersign.testing import make_identity, throw_away_key
    from django_countersign.verifier import verifier
    from tests.servers import environ

    request = environ("POST", "/orders/17/lines", query="page=2")
    identity = make_identity(email="alice@example.com", revocation=Revocation("crl", int(time.time())))
    with throw_away_key() as signer:
        assertion = signer.sign(signer.claims(binding.of_environ(request), identity))
        verify, now = verifier().verify, int(time.time())
        times = timeit.repeat(
            lambda: verify(assertion, lambda: binding.of_environ(request), now), number=200, repeat=300
        )
        loops = timeit.repeat("sum(range(1000))", number=200, repeat=300)
    print(f"HS256, {len(assertion)} octets: {min(times) / 200 * 1e6:.1f} µs")  # noqa: T201
    print(f"for comparison, sum(range(1000)): {min(loops) / 200 * 1e6:.1f} µs")  # noqa: T201
