//! Grafana's own settings: what differs from its defaults
//! (<https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/>).

use promql::prometheus_duration;

use super::{Grafana, PROVISIONING};
use crate::rendered::Section;

/// The sections of `grafana.ini`.
pub(super) fn sections(grafana: &Grafana) -> Vec<Section> {
    let in_root = |path: &str| format!("$__env{{{}}}/{path}", grafana.root);
    let (yes, no) = (|| "true".to_owned(), || "false".to_owned());
    vec![
        ("paths", vec![("provisioning", in_root(PROVISIONING))]),
        (
            "server",
            vec![
                ("http_addr", grafana.own.ip().to_string()),
                ("http_port", grafana.own.port().to_string()),
                ("root_url", format!("http://{}/", grafana.own)),
            ],
        ),
        (
            "dashboards",
            vec![
                ("default_home_dashboard_path", in_root(&format!("dashboards/{}.json", grafana.home))),
                ("min_refresh_interval", prometheus_duration(grafana.refresh)),
            ],
        ),
        // Whoever reaches it may look and ask, and change nothing: what is shown comes from files.
        ("auth.anonymous", vec![("enabled", yes()), ("org_role", "Viewer".to_owned())]),
        ("auth", vec![("disable_login_form", yes())]),
        ("users", vec![("allow_sign_up", no()), ("allow_org_create", no()), ("viewers_can_edit", yes())]),
        // An account with a password that everybody knows is none.
        ("security", vec![("disable_initial_admin_creation", yes()), ("disable_gravatar", yes())]),
        // Nothing is told to the makers or asked of them.
        (
            "analytics",
            vec![
                ("reporting_enabled", no()),
                ("check_for_updates", no()),
                ("check_for_plugin_updates", no()),
                ("feedback_links_enabled", no()),
            ],
        ),
        ("news", vec![("news_feed_enabled", no())]),
        ("snapshots", vec![("external_enabled", no())]),
        // The dashboards need no plugin but those that Grafana brings, so none is fetched.
        (
            "plugins",
            vec![
                ("preinstall_disabled", yes()),
                ("preinstall_auto_update", no()),
                ("plugin_admin_enabled", no()),
                ("public_key_retrieval_disabled", yes()),
            ],
        ),
        // Older versions keep the way from a span to metrics behind it.
        ("feature_toggles", vec![("enable", "traceToMetrics".to_owned())]),
        // Its log is what it says: whoever starts it keeps it.
        ("log", vec![("mode", "console".to_owned())]),
    ]
}
