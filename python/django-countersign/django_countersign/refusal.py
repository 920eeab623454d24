"""Why an assertion does not count: the one list of codes, the same in the gateway's own verifier.

A code is for machines and stays; a text is for people. `detail` is for the log: it says what was expected
and received, never a key and never the assertion itself, which is worth something for 30 seconds.
"""

from __future__ import annotations

REASONS = {
    "assertion-missing": "the request did not come through the gateway: it carries no assertion",
    "assertion-duplicate": "the request carries several assertions",
    "assertion-malformed": "the assertion is not in the form that the gateway writes",
    "assertion-algorithm": "the assertion uses another type or algorithm than the app is configured for",
    "assertion-unknown-key": "the assertion is signed with a key that the app does not know",
    "assertion-bad-signature": "the signature of the assertion does not hold",
    "assertion-issuer": "the assertion comes from another issuer",
    "assertion-audience": "the assertion was made for another app",
    "assertion-lifetime": "the assertion lives longer than any may, or not at all",
    "assertion-expired": "the assertion has expired; compare the clocks of gateway and app",
    "assertion-not-yet-valid": "the assertion is from the future; compare the clocks of gateway and app",
    "assertion-other-request": "the assertion was made for another request",
    "assertion-replayed": "the assertion was used before",
    # Beyond the contract: the app's own reasons.
    "replay-cache-unavailable": "the app cannot tell whether the assertion was used before",
    "client-certificate-required": "this page needs a client certificate that it knows",
    "intent-not-proved": "nothing proves that a page of this site sent the request",
    "machine-only": "this address is for programs, and a browser may have sent the request",
}


class AssertionRefused(Exception):  # noqa: N818 - a refusal is a verdict, not an error
    """The request must not be served. `code` is a key of REASONS."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail or REASONS[self.code]}"
