//! What terminates mutual TLS, each configured as its own guides say.

use std::{fs, path::Path, process::Command};

use super::{Plan, free_port, gunicorn, prepare, toy, wait_for};
use crate::support::{command::Process, venv};

/// Who terminates mutual TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    Nginx,
    Haproxy,
    Envoy,
    Caddy,
    /// Django's server itself.
    Gunicorn,
    Uvicorn,
    /// `tests/lab/toy.py proxy`.
    Toy,
    Countersign,
}

/// Starts it; where it listens for https and http.
pub(super) fn start(plan: &Plan, files: &Path, upstream: u16, processes: &mut Vec<Process>) -> (u16, Option<u16>) {
    // A port may be taken between the look and the start: then another one.
    for _ in 0..5 {
        let (port, http) = (free_port(), free_port());
        if plan.front == Front::Toy {
            return (toy_proxy(plan, files, upstream, processes), None);
        }
        let (mut command, has_http) = match plan.front {
            Front::Nginx => (nginx(plan, files, port, http, upstream), true),
            Front::Haproxy => (haproxy(plan, files, port, http, upstream), true),
            Front::Envoy => (envoy(plan, files, port, upstream), false),
            Front::Caddy => (caddy(plan, files, port, http, upstream), true),
            Front::Gunicorn => {
                let mut command = gunicorn(plan, &format!("127.0.0.1:{port}"));
                command.arg("--certfile").arg(files.join("server.pem")).arg("--keyfile").arg(files.join("server.key"));
                command.arg("--ca-certs").arg(files.join("ca.pem")).arg("--cert-reqs=2");
                (command, false)
            }
            Front::Uvicorn => {
                let mut command = venv::program("uvicorn");
                command.args([
                    "app:asgi",
                    "--host=127.0.0.1",
                    &format!("--port={port}"),
                    "--ssl-cert-reqs=2",
                    "--http=h11",
                ]);
                command.arg("--ssl-certfile").arg(files.join("server.pem"));
                command.arg("--ssl-keyfile").arg(files.join("server.key"));
                command.arg("--ssl-ca-certs").arg(files.join("ca.pem"));
                (command, false)
            }
            Front::Countersign => (countersign(plan, files, port, http, upstream), true),
            Front::Toy => unreachable!(),
        };
        prepare(&mut command, plan);
        let mut process = Process::start(command);
        let up = wait_for(port, &mut process);
        if up {
            processes.push(process);
            return (port, has_http.then_some(http));
        }
        eprintln!("{:?} ended: {}{}", plan.front, process.stderr.text(), process.stdout.text());
    }
    panic!("{:?} does not start", plan.front);
}

/// The configuration with its edits, each of which has to change something. HERE is the folder of its files.
fn write(plan: &Plan, files: &Path, name: &str, mut text: String) -> String {
    let here = files.display().to_string();
    for (of, from, to) in &plan.edits {
        if *of == name {
            let (from, to) = (from.replace("HERE", &here), to.replace("HERE", &here));
            assert!(text.contains(&from), "{from:?} is not in {name}:\n{text}");
            text = text.replace(&from, &to);
        }
    }
    let file = files.join(name);
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

fn nginx(plan: &Plan, files: &Path, port: u16, http: u16, upstream: u16) -> Command {
    let here = files.display();
    let text = format!(
        r"daemon off;
master_process off;
pid {here}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    upstream app {{ server 127.0.0.1:{upstream}; }}
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    map $ssl_client_verify $verify {{ default $ssl_client_verify; }}
    map $ssl_client_verify $subject {{ default $ssl_client_s_dn; }}
    map $scheme $proto {{ default $scheme; }}
    server {{
        listen 127.0.0.1:{port} ssl http2 default_server;
        server_name _;
        ssl_certificate {here}/server.pem;
        ssl_certificate_key {here}/server.key;
        return 421;
    }}
    server {{
        listen 127.0.0.1:{port} ssl http2;
        server_name app.example.com;
        ssl_certificate {here}/server.pem;
        ssl_certificate_key {here}/server.key;
        ssl_client_certificate {here}/ca.pem;
        ssl_crl {here}/ca.crl;
        ssl_verify_client on;
        location / {{
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $proto;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Host '';
            proxy_set_header X-SSL-Client-Verify $verify;
            proxy_set_header X-SSL-Client-S-DN $subject;
            proxy_set_header X-Original-URI $request_uri;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
    server {{
        listen 127.0.0.1:{http};
        server_name app.example.com;
        return 301 https://$http_host$request_uri;
    }}
}}
"
    );
    let file = write(plan, files, "nginx.conf", text);
    let mut command = Command::new("nginx");
    command.args(["-c", &file, "-p"]).arg(files);
    command
}

fn haproxy(plan: &Plan, files: &Path, port: u16, http: u16, upstream: u16) -> Command {
    let here = files.display();
    // A neighbour at the same address, that asks for no certificate.
    let list = format!(
        "{here}/server-both.pem [verify none] other.example.com\n\
         {here}/server-both.pem [verify required ca-file {here}/ca.pem crl-file {here}/ca.crl] app.example.com\n"
    );
    let list = write(plan, files, "sites.txt", list);
    let text = format!(
        "global
    log stderr local0 warning
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend https
    bind 127.0.0.1:{port} ssl crt-list {list} strict-sni alpn h2,http/1.1
    http-request deny deny_status 405 if METH_TRACE
    http-request deny deny_status 421 unless {{ ssl_fc_sni -i app.example.com }}
    http-request deny deny_status 421 unless {{ hdr(host),field(1,:) -i app.example.com }}
    http-request del-header X-SSL-Client-Verify
    http-request del-header X-SSL-Client-S-DN
    http-request del-header [^A-Za-z0-9-] -m reg
    http-request del-header X-Forwarded-Host
    http-request del-header Forwarded
    http-request set-header X-SSL-Client-Verify SUCCESS if {{ ssl_c_used }} {{ ssl_c_verify 0 }}
    http-request set-header X-SSL-Client-S-DN CN=%[ssl_c_s_dn(cn)] if {{ ssl_c_used }}
    http-request set-header X-Forwarded-Proto https
    default_backend app
frontend http
    bind 127.0.0.1:{http}
    http-request redirect scheme https code 301
backend app
    server app 127.0.0.1:{upstream}
"
    );
    let file = write(plan, files, "haproxy.cfg", text);
    let mut command = Command::new("haproxy");
    command.args(["-db", "-f", &file]);
    command
}

fn caddy(plan: &Plan, files: &Path, port: u16, http: u16, upstream: u16) -> Command {
    let here = files.display();
    let text = format!(
        "{{
    admin off
    auto_https off
    storage file_system {here}/caddy
    log {{
        level ERROR
    }}
}}
https://app.example.com:{port} {{
    bind 127.0.0.1
    tls {here}/server.pem {here}/server.key {{
        client_auth {{
            mode require_and_verify
            trusted_ca_cert_file {here}/ca.pem
        }}
    }}
    @trace method TRACE
    respond @trace 405
    reverse_proxy 127.0.0.1:{upstream} {{
        header_up X-SSL-Client-Verify SUCCESS
        header_up X-SSL-Client-S-DN {{tls_client_subject}}
        header_up -X-Forwarded-Host
    }}
}}
http://app.example.com:{http} {{
    bind 127.0.0.1
    redir https://app.example.com:{port}{{uri}} 301
}}
"
    );
    let file = write(plan, files, "Caddyfile", text);
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config", &file]);
    command.env("HOME", files).env("XDG_CONFIG_HOME", files).env("XDG_DATA_HOME", files);
    command
}

fn envoy(plan: &Plan, files: &Path, port: u16, upstream: u16) -> Command {
    let here = files.display();
    let text = format!(
        r#"static_resources:
  listeners:
  - name: https
    address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
    listener_filters:
    - name: envoy.filters.listener.tls_inspector
      typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector }}
    filter_chains:
    - filter_chain_match: {{ server_names: [app.example.com] }}
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          require_client_certificate: true
          common_tls_context:
            alpn_protocols: [h2, http/1.1]
            tls_certificates:
            - certificate_chain: {{ filename: {here}/server.pem }}
              private_key: {{ filename: {here}/server.key }}
            validation_context:
              trusted_ca: {{ filename: {here}/ca.pem }}
              crl: {{ filename: {here}/ca.crl }}
      filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: https
          use_remote_address: true
          forward_client_cert_details: SANITIZE
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: REJECT_REQUEST
          common_http_protocol_options: {{ headers_with_underscores_action: REJECT_REQUEST }}
          route_config:
            request_headers_to_remove: [x-forwarded-host, forwarded]
            request_headers_to_add:
            - {{ header: {{ key: x-ssl-client-verify, value: SUCCESS }}, append_action: OVERWRITE_IF_EXISTS_OR_ADD }}
            - {{ header: {{ key: x-ssl-client-s-dn, value: "%DOWNSTREAM_PEER_SUBJECT%" }}, append_action: OVERWRITE_IF_EXISTS_OR_ADD }}
            virtual_hosts:
            - name: app
              domains: ["app.example.com:{port}"]
              routes:
              - match: {{ prefix: / }}
                route: {{ cluster: app, timeout: 30s }}
          http_filters:
          - name: envoy.filters.http.csrf
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.csrf.v3.CsrfPolicy
              filter_enabled: {{ default_value: {{ numerator: 100, denominator: HUNDRED }} }}
          - name: envoy.filters.http.router
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }}
  clusters:
  - name: app
    type: STATIC
    connect_timeout: 5s
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {upstream} }} }} }}
"#
    );
    let file = write(plan, files, "envoy.yaml", text);
    let mut command = Command::new(venv::envoy());
    command.args(["-c", &file, "--disable-hot-restart", "--concurrency", "1", "-l", "warning"]);
    command
}

fn countersign(plan: &Plan, files: &Path, port: u16, http: u16, upstream: u16) -> Command {
    let here = files.display();
    let text = format!(
        r#"[listen]
https = ["127.0.0.1:{port}"]
http = ["127.0.0.1:{http}"]
[state]
dir = "state"
[trust.staff]
ca = ["{here}/ca.pem"]
crl = ["{here}/ca.crl"]
[[site]]
hosts = ["app.example.com"]
certificate = "{here}/server.pem"
key = "{here}/server.key"
upstream = "http://127.0.0.1:{upstream}"
client = {{ trust = "staff" }}
identity_headers = ["nginx"]
[[site.route]]
path = "/"
[[site.route]]
path = "/exempt/"
audience = "machine"
"#
    );
    let file = write(plan, files, "countersign.toml", text);
    crate::support::command::countersign(&["run", "-c", &file])
}

fn toy_proxy(plan: &Plan, files: &Path, upstream: u16, processes: &mut Vec<Process>) -> u16 {
    let upstream = upstream.to_string();
    let file = |name: &str| files.join(name).display().to_string();
    let (ca, cert, key) = (file("ca.pem"), file("server.pem"), file("server.key"));
    let mut command = toy(&["proxy", &upstream, &ca, &cert, &key, &cert, &key]);
    prepare(&mut command, plan);
    let mut process = Process::start(command);
    let line = process.says("listening on ");
    processes.push(process);
    line.trim_start_matches("listening on ").trim().parse().unwrap()
}
