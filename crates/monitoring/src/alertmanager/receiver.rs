//! Where notifications go: to a program, to people in a chat, or nowhere.

use serde::Serialize;

/// Somebody who is told, under a name that routes know, in every way that is added.
#[derive(Clone, Debug, Serialize)]
pub struct Receiver {
    pub(crate) name: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) webhook_configs: Vec<Webhook>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) slack_configs: Vec<Chat>,
}

/// Where to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// This URL, which is no secret.
    Url(String),
    /// The URL in this file, which is read anew for each notification.
    SecretFile(String),
}

impl Address {
    fn parts(self) -> (Option<String>, Option<String>) {
        match self {
            Address::Url(url) => (Some(url), None),
            Address::SecretFile(path) => (None, Some(path)),
        }
    }
}

/// Posts the alerts as JSON.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Webhook {
    send_resolved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url_file: Option<String>,
}

/// Posts a message as Slack's incoming webhooks take it; Mattermost and Rocket.Chat do too.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Chat {
    send_resolved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_url_file: Option<String>,
    color: &'static str,
    title: &'static str,
    fallback: &'static str,
    text: &'static str,
}

impl Receiver {
    /// A receiver that tells nobody.
    pub fn nowhere(name: &'static str) -> Self {
        Self { name, webhook_configs: Vec::new(), slack_configs: Vec::new() }
    }

    /// Also posts the alerts there as JSON, and again when they are over.
    #[must_use]
    pub fn webhook(self, address: Address) -> Self {
        self.posting(address, true)
    }

    /// Also posts there as long as the alerts fire, and not when they are over: for whoever takes each post as a sign of life.
    #[must_use]
    pub fn heartbeat(self, address: Address) -> Self {
        self.posting(address, false)
    }

    fn posting(mut self, address: Address, send_resolved: bool) -> Self {
        let (url, url_file) = address.parts();
        self.webhook_configs.push(Webhook { send_resolved, url, url_file });
        self
    }

    /// Also writes a message there, by the templates of [`notification`](super::notification).
    #[must_use]
    pub fn chat(mut self, address: Address) -> Self {
        let (api_url, api_url_file) = address.parts();
        self.slack_configs.push(Chat {
            send_resolved: true,
            api_url,
            api_url_file,
            color: r#"{{ template "notification.color" . }}"#,
            title: r#"{{ template "notification.title" . }}"#,
            fallback: r#"{{ template "notification.title" . }}"#,
            text: r#"{{ template "notification.text" . }}"#,
        });
        self
    }
}
