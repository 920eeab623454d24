//! What `manage.py countersign inventory --format json` says about exempt endpoints.

use serde::Deserialize;

#[derive(Deserialize)]
struct Inventory {
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    pattern: String,
    methods: Option<Vec<String>>,
    csrf: Csrf,
}

#[derive(Deserialize)]
struct Csrf {
    exempt: bool,
}

/// The paths without a CSRF check that can be asked as they are: a pattern with a parameter has no path.
pub(super) fn exempt(json: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    let inventory: Inventory = serde_json::from_slice(json)?;
    let posted = |endpoint: &Endpoint| {
        endpoint.methods.as_ref().is_none_or(|methods| methods.iter().any(|method| method == "POST"))
    };
    let plain =
        |pattern: &str| pattern.starts_with('/') && !pattern.contains(['<', '(', '[', '\\', '^', '$', '*', '?']);
    let exempt = inventory.endpoints.into_iter().filter(|endpoint| endpoint.csrf.exempt && posted(endpoint));
    Ok(exempt.map(|endpoint| endpoint.pattern).filter(|pattern| plain(pattern)).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_exempt_paths_that_can_be_asked() {
        let json = br#"{"version": 1, "endpoints": [
            {"pattern": "/open/", "methods": null, "csrf": {"exempt": true, "how": "x"}},
            {"pattern": "/read/", "methods": ["GET"], "csrf": {"exempt": true}},
            {"pattern": "/item/<int:pk>/", "methods": null, "csrf": {"exempt": true}},
            {"pattern": "/guarded/", "methods": null, "csrf": {"exempt": false}}]}"#;
        assert_eq!(super::exempt(json).unwrap(), ["/open/"]);
        assert!(super::exempt(b"[]").is_err());
    }
}
