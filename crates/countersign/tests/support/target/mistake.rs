//! For each case the site on which it has to fire: where the mistake is, and what it is.

use super::{Front, Plan, Server};

type Edit = (&'static str, &'static str, &'static str);

/// nginx as it is, the mistake in the app.
fn in_the_app(case: &str) -> Plan {
    Plan { mistake: case.into(), ..Plan::sound(Front::Nginx) }
}

/// A mistake in nginx, and what the app has to do with it.
fn nginx(case: &str, edits: &[(&'static str, &'static str)]) -> Plan {
    let edits = edits.iter().map(|(from, to)| ("nginx.conf", *from, *to)).collect();
    Plan { edits, ..in_the_app(case) }
}

/// Only TLS says who it is: the app believes that whoever gets through is a holder.
fn haproxy_by_tls(edits: &[Edit]) -> Plan {
    Plan { identity_by_tls: true, edits: edits.into(), ..Plan::sound(Front::Haproxy) }
}

fn toy(case: &str, server: Server) -> Plan {
    let identity_by_tls = server == Server::Toy || case == "resumption-other-host";
    Plan { server, identity_by_tls, mistake: case.into(), ..Plan::sound(Front::Toy) }
}

/// Mistakes that other products make in their own way: the case, and the site.
pub(super) fn elsewhere() -> Vec<(&'static str, Plan)> {
    let edited = |front, mistake: &str, edits: &[Edit]| Plan {
        mistake: mistake.into(),
        edits: edits.into(),
        ..Plan::sound(front)
    };
    let caddy = |mistake: &str, from, to| edited(Front::Caddy, mistake, &[("Caddyfile", from, to)]);
    let envoy = |mistake: &str, from, to| edited(Front::Envoy, mistake, &[("envoy.yaml", from, to)]);
    let dangerous = |plan: Plan| Plan { words: vec!["--header-map=dangerous"], ..plan };
    vec![
        // The app is exempt, because Envoy has a CSRF filter: that one compares hosts, and knows four methods.
        ("scheme-downgrade", edited(Front::Envoy, "cross-site-form", &[])),
        ("malformed-origin", edited(Front::Envoy, "cross-site-form", &[])),
        ("expired-certificate", envoy("", "trusted_ca:", "allow_expired_certificate: true\n              trusted_ca:")),
        ("revoked-certificate", envoy("", "crl: { filename: HERE/ca.crl }", "")),
        ("forwarded-host", envoy("forwarded-host", "request_headers_to_remove: [x-forwarded-host, forwarded]", "")),
        ("no-certificate", caddy("no-certificate", "mode require_and_verify", "mode verify_if_given")),
        ("self-signed-certificate", caddy("", "mode require_and_verify", "mode require")),
        ("identity-header-underscore", dangerous(edited(Front::Caddy, "", &[]))),
        ("foreign-host", edited(Front::Gunicorn, "foreign-host", &[])),
        ("exempt-path", edited(Front::Gunicorn, "exempt-path", &[])),
        ("cross-site-form", edited(Front::Uvicorn, "cross-site-form", &[])),
        ("hsts-missing", edited(Front::Uvicorn, "hsts-missing", &[])),
    ]
}

pub(super) fn plan(case: &str) -> Plan {
    match case {
        "websocket-hijack" => Plan { server: Server::Uvicorn, ..in_the_app(case) },
        "websocket-hijack-http2" => {
            Plan { server: Server::Uvicorn, mistake: case.into(), ..Plan::sound(Front::Haproxy) }
        }
        "trace" => Plan {
            mistake: case.into(),
            edits: vec![("haproxy.cfg", "http-request deny deny_status 405 if METH_TRACE", "")],
            ..Plan::sound(Front::Haproxy)
        },
        // "Every location sets it": this one forgot.
        "identity-header-certificate" => nginx(case, &[("proxy_set_header X-SSL-Client-S-DN $subject;", "")]),
        // "Keep what the proxy in front of this one said."
        "identity-header-anonymous" => nginx(
            case,
            &[
                ("ssl_verify_client on", "ssl_verify_client optional"),
                ("{ default $ssl_client_verify; }", "{ SUCCESS SUCCESS; default $http_x_ssl_client_verify; }"),
                ("{ default $ssl_client_s_dn; }", "{ SUCCESS $ssl_client_s_dn; default $http_x_ssl_client_s_dn; }"),
            ],
        ),
        "identity-header-underscore" => Plan {
            words: vec!["--header-map=dangerous"],
            ..nginx(case, &[("access_log off;", "access_log off; underscores_in_headers on;")])
        },
        "underscore-metadata" => Plan {
            words: vec!["--header-map=dangerous"],
            ..nginx(case, &[("access_log off;", "access_log off; underscores_in_headers on;")])
        },
        "method-case" => Plan { mistake: case.into(), ..Plan::sound(Front::Uvicorn) },
        "identity-header-alias" => nginx(case, &[("access_log off;", "access_log off; ignore_invalid_headers off;")]),
        "identity-header-trailer" | "identity-header-connection" | "resumption-other-host" => {
            toy(case, Server::Gunicorn)
        }
        "smuggling-cl-te" | "smuggling-te-cl" | "smuggling-te-obfuscated" => toy(case, Server::Toy),
        "forwarded-proto" => nginx(
            case,
            &[(
                "map $scheme $proto { default $scheme; }",
                "map $http_x_forwarded_proto $proto { '' $scheme; default $http_x_forwarded_proto; }",
            )],
        ),
        "forwarded-host" => nginx(case, &[("proxy_set_header X-Forwarded-Host '';", "")]),
        "no-certificate" => nginx(case, &[("ssl_verify_client on", "ssl_verify_client optional")]),
        "self-signed-certificate" | "unknown-ca-certificate" => {
            nginx(case, &[("ssl_verify_client on", "ssl_verify_client optional_no_ca"), ("ssl_crl HERE/ca.crl;", "")])
        }
        "expired-certificate" | "not-yet-valid-certificate" | "wrong-usage-certificate" => Plan {
            edits: vec![
                ("haproxy.cfg", " strict-sni", " strict-sni ca-ignore-err all crt-ignore-err all"),
                ("haproxy.cfg", " { ssl_c_verify 0 }", ""),
            ],
            ..Plan::sound(Front::Haproxy)
        },
        "revoked-certificate" => nginx(case, &[("ssl_crl HERE/ca.crl;", "")]),
        // The policy is that of the server name, the site that of `Host`.
        "sni-other-host" | "http2-other-name" => haproxy_by_tls(&[(
            "haproxy.cfg",
            "http-request deny deny_status 421 unless { ssl_fc_sni -i app.example.com }",
            "",
        )]),
        "no-sni" => haproxy_by_tls(&[
            ("haproxy.cfg", "http-request deny deny_status 421 unless { ssl_fc_sni -i app.example.com }", ""),
            ("haproxy.cfg", " strict-sni", ""),
        ]),
        // The certificate is demanded by the exact name, the site is found by any spelling.
        "host-alias" => haproxy_by_tls(&[
            ("sites.txt", "verify required", "verify optional"),
            (
                "haproxy.cfg",
                "421 unless { hdr(host),field(1,:) -i",
                "403 if !{ ssl_c_used } { hdr(host),field(1,:) -m str",
            ),
        ]),
        "foreign-host" => Plan {
            mistake: case.into(),
            edits: vec![(
                "haproxy.cfg",
                "http-request deny deny_status 421 unless { hdr(host),field(1,:) -i app.example.com }",
                "",
            )],
            ..Plan::sound(Front::Haproxy)
        },
        // Django then takes every form for one of an http page: nobody can log in.
        "redirect-insecure" => {
            Plan { login: false, ..nginx(case, &[("proxy_set_header X-Forwarded-Proto $proto;", "")]) }
        }
        // The app is shown the path as it was written, and runs it as it is meant.
        "exempt-alias" => nginx(case, &[("proxy_pass http://app;", "proxy_pass http://app$uri$is_args$args;")]),
        "plain-http" => Plan {
            identity_by_tls: true,
            ..nginx(
                case,
                &[(
                    "return 301 https://$http_host$request_uri;",
                    "location / { proxy_pass http://app; proxy_set_header Host $http_host; }",
                )],
            )
        },
        // Plain Django: its pair is bound to nobody.
        "token-swap" => Plan::sound(Front::Nginx),
        _ => in_the_app(case),
    }
}
