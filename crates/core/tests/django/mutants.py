"""Plant bugs in the engine, one at a time, and see which evidence finds each.

    python3 crates/core/tests/django/mutants.py [EVIDENCE …]

EVIDENCE is recorded, own or live; without it all three are asked. Works on a copy of the repository's files under
target/mutants. Prints a table; exits 1 if a bug is found by none of the recorded requests, Django's own tests
and the comparison with live Django.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
COPY = ROOT / "target" / "mutants"
EVIDENCE = {"recorded": "recorded::", "own": "suite::", "live": "live::"}
MUTANTS = [
    ("a wildcard is not the apex", "url.rs", "host.ends_with(&pattern) || host == apex", "host.ends_with(&pattern)"),
    ("the pattern keeps its case", "url.rs", "pattern.to_lowercase();", "pattern.to_owned();"),
    ("the host is made lower case", "url.rs", "    match pattern.strip_prefix('.') {",
     "    let host = &*host.to_lowercase();\n    match pattern.strip_prefix('.') {"),
    ("the first cookie of a name counts", "cookie.rs", "field.split(';').rev().find_map", "field.split(';').find_map"),
    ("cookies are not unquoted", "cookie.rs", "last.map(unquoted)", "last.map(str::to_owned)"),
    ("a trusted origin's scheme does not matter", "origin.rs", "trusted.scheme == split.scheme && ", ""),
    ("a trusted origin is compared without case", "origin.rs", "trusted.text == origin",
     "trusted.text.eq_ignore_ascii_case(origin)"),
    ("the own origin's scheme does not matter", "origin.rs", 'origin == format!("{scheme}://{host}")',
     'origin.ends_with(&format!("://{host}")) && !scheme.is_empty()'),
    ("TRACE is unsafe", "../django.rs", ' | "OPTIONS" | "TRACE")', ' | "OPTIONS")'),
    ("a trailing dot of Host is kept", "host.rs", "domain.strip_suffix('.').unwrap_or(domain)", "domain"),
    ("X-Forwarded-Host is always believed", "host.rs", "if settings.use_x_forwarded_host {", "if true {"),
    ("X-Forwarded-Port is always believed", "host.rs", "if settings.use_x_forwarded_port {", "if true {"),
    ("ALLOWED_HOSTS is not asked", "host.rs", "allowed.then_some(host)", "(allowed || true).then_some(host)"),
    ("DEBUG allows nothing", "host.rs", "settings.debug && settings.allowed_hosts.is_empty()", "false"),
    ("the raw Referer is in the reason", "origin.rs", "Rejection::BadReferer(split.url())",
     "Rejection::BadReferer(referer.into_owned())"),
    ("Referer is not looked at", "../django.rs", "None if host::is_secure(settings, request) => ", "None if false => "),
    ("a Referer over http passes", "origin.rs", 'split.scheme != "https"', 'split.scheme == "ftp"'),
    ("the port of a cookie domain is left out", "origin.rs", 'format!("{domain}:{port}")', "format!(\"{domain}{}\", &port[..0])"),
    ("the session's cookie domain is not asked", "origin.rs", "if settings.use_sessions { &settings.session_cookie_domain }",
     "if false { &settings.session_cookie_domain }"),
    ("the list of a proxy's header ends with what counts", "host.rs", "value.split(',').next()", "value.split(',').last()"),
    ("the form of every method is read", "../django.rs", 'if request.method == "POST" { request.form }',
     "if true { request.form }"),
    ("an empty header is none", "../django.rs", "request.meta.get(&settings.header_name).ok_or",
     "request.meta.get(&settings.header_name).filter(|h| !h.is_empty()).ok_or"),
    ("characters are looked at before the length", "secret.rs",
     "    if !matches!(token.chars().count(), SECRET | TOKEN) {",
     ("    if !token.bytes().all(|b| b.is_ascii_alphanumeric()) {\n        return Err(Flaw::Characters);\n    }\n"
      "    if !matches!(token.chars().count(), SECRET | TOKEN) {")),
    ("a masked cookie is not unmasked", "../django.rs", "secret::unmasked(stored).ok_or(Stop::Error)?",
     "std::borrow::Cow::Borrowed(stored)"),
    ("any token fits", "../django.rs", "if python::same(&token, &secret) {", "if python::same(&token, &secret) || true {"),
    ("a name without HTTP_ is shown", "python.rs", "None => return None,", "None => key,"),
]  # fmt: skip


def main() -> int:
    """Try each bug."""
    asked = {name: EVIDENCE[name] for name in sys.argv[1:] or EVIDENCE}
    shutil.rmtree(COPY, ignore_errors=True)
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, files):
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, COPY / name)
    (COPY / "target").mkdir()
    for shared in [*ROOT.glob("target/venv*"), ROOT / "target" / "django-src"]:
        (COPY / "target" / shared.name).symlink_to(shared)
    environment = os.environ | {"CARGO_TARGET_DIR": str(COPY / "build")}
    survivors = 0
    print(f"| bug | {' | '.join(asked)} |\n|---|{'---|' * len(asked)}", flush=True)
    for bug, name, right, wrong in MUTANTS:
        path = COPY / "crates/core/src/django" / name
        source = path.read_text()
        assert source.count(right) == 1, f"{bug}: {name} has {source.count(right)} of {right!r}"
        path.write_text(source.replace(right, wrong))
        command = ["cargo", "test", "-q", "-p", "countersign-core", "--test", "django"]
        built = subprocess.run([*command, "--no-run"], cwd=COPY, env=environment, capture_output=True, text=True, check=False)
        assert built.returncode == 0, f"{bug}: {built.stderr}"
        found = {
            evidence: subprocess.run([*command, test], cwd=COPY, env=environment, capture_output=True, check=False).returncode
            for evidence, test in asked.items()
        }
        path.write_text(source)
        survivors += not any(found.values())
        print(f"| {bug} | {' | '.join('found' if code else '' for code in found.values())} |", flush=True)
    print(f"\n{len(MUTANTS)} bugs, {survivors} not found")
    return min(survivors, 1)


if __name__ == "__main__":
    sys.exit(main())
