//! The rules, in the order in which a request meets them.
//!
//! One file per proof; each rule says what it expected and received to an
//! [`Observer`](crate::Observer).

pub(crate) mod browser;
pub(crate) mod machine;

macro_rules! rules {
    ($($variant:ident $code:literal $text:literal)*) => {
        /// One check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule { $(#[doc = $text] $variant,)* }

        /// All rules, in order.
        pub static RULES: &[Rule] = &[$(Rule::$variant,)*];

        impl Rule {
            /// Name and text.
            #[must_use]
            pub const fn info(self) -> &'static RuleInfo {
                match self { $(Rule::$variant => &RuleInfo { code: $code, text: $text },)* }
            }
        }
    };
}

/// What there is to say about a [`Rule`].
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// Stable identifier.
    pub code: &'static str,
    /// What it demands.
    pub text: &'static str,
}

rules! {
    Host "host" "the Host is one of the site's own"
    Route "route" "a route matches path and method"
    Preflight "preflight" "a CORS preflight is answered from declared policy, never forwarded"
    ClientCertificate "client-certificate" "the client certificate holds now, or the site lets clients without one through"
    Allow "allow" "the route's allow rules name this identity"
    ApiKey "api-key" "a key of the route's scope, which counts now and for this client"
    MachineSignals "machine-signals" "a machine client sends no Origin, Referer, Cookie or Sec-Fetch headers"
    MachineMarker "machine-marker" "an unsafe machine request bears what no page can send without a preflight"
    SafeMethod "safe-method" "GET, HEAD and OPTIONS need no proof of intent, a WebSocket handshake does"
    OriginForm "origin-form" "Origin is an origin as browsers write it, and not null"
    Origin "origin" "Origin is the site's own or a trusted one, and Sec-Fetch-Site agrees"
    SecFetchSite "sec-fetch-site" "without Origin: same-origin, or none for a navigation"
    Referer "referer" "without Origin and Fetch Metadata: an https page of the site or of a trusted origin"
    Token "token" "Django's token, in the form or a header, belongs to the cookie"
    ReportOnly "report-only" "what would be refused is told, and let through: the route is on trial"
}
