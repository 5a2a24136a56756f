//! The provider as a process: what each token makes of a payment.

use std::time::{Duration, Instant};

use shop::{
    messages::{PaymentRecord, PaymentState, Problem},
    ports::Ports,
};
use stack::{Launch, Process, Ready};
use telemetry::db::Engine;

use crate::fixture::{Fresh, on_both_engines};

struct Running {
    public: String,
    client: reqwest::Client,
    process: Process,
    _folder: tempfile::TempDir,
    _fresh: Fresh,
}

impl Running {
    async fn fresh(engine: Engine) -> Self {
        let fresh = Fresh::database(engine).await;
        let folder = tempfile::tempdir().expect("a folder");
        let doors = Ports::free().expect("free ports").payments;
        let launch = Launch::new("payments", env!("CARGO_BIN_EXE_payments"), folder.path().join("payments.log"))
            .env("DATABASE_URL", &fresh.url)
            .env("PUBLIC_ADDR", format!("127.0.0.1:{}", doors.public))
            .env("ADMIN_ADDR", format!("127.0.0.1:{}", doors.admin))
            .env("OTEL_SDK_DISABLED", "true");
        let mut process = launch.start().expect("starts");
        let ready = Ready::Http(format!("http://127.0.0.1:{}/readyz", doors.admin));
        process.wait_ready(&ready, Duration::from_secs(30)).await.expect("is ready");
        Self {
            public: format!("http://127.0.0.1:{}", doors.public),
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            process,
            _folder: folder,
            _fresh: fresh,
        }
    }

    fn authorise(&self, key: &str, amount: i64, method: &str, token: &str) -> reqwest::RequestBuilder {
        let body =
            format!(r#"{{"amount":{{"amount":{amount},"currency":"EUR"}},"method":"{method}","token":"{token}"}}"#);
        let put = self.client.put(format!("{}/payments/{key}", self.public));
        put.header("content-type", "application/json").body(body)
    }

    async fn state(&self, key: &str) -> PaymentState {
        let got = self.client.get(format!("{}/payments/{key}", self.public)).send().await.expect("answers");
        got.json::<PaymentRecord>().await.expect("a record").state
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Draining, of which these tests ask nothing, would wait for the requests that were given up.
        self.process.kill();
    }
}

on_both_engines! {
    async fn the_token_decides(provider: Running) {
        for (key, amount, method, token, status, code) in [
            ("o-1", 1_999, "card", "tok_ok", 200, None),
            ("o-1", 1_999, "card", "tok_ok", 200, None),
            ("o-1", 2_000, "card", "tok_ok", 409, Some("key_reused")),
            ("o-2", 1_999, "wallet", "tok_declined", 402, Some("payment_declined")),
            ("o-3", 1_999, "paypal", "tok_of_somebody", 402, Some("payment_declined")),
            ("o-4", 1_999, "cowries", "tok_ok", 400, Some("unknown_payment_method")),
            ("o-4", 0, "card", "tok_ok", 400, Some("validation_error")),
            ("NO", 1_999, "card", "tok_ok", 400, Some("validation_error")),
        ] {
            let answer = provider.authorise(key, amount, method, token).send().await.expect("answers");
            assert_eq!(answer.status().as_u16(), status, "{key} {token}");
            if let Some(code) = code {
                let problem: Problem = answer.json().await.expect("a problem");
                assert_eq!(problem.code, code);
                assert_eq!(token == "tok_of_somebody", problem.detail.is_some_and(|detail| detail.contains("tok_slow")));
            }
        }
        assert_eq!(provider.state("o-1").await, PaymentState::Authorised);
        assert_eq!(provider.state("o-3").await, PaymentState::Declined);
    }

    async fn a_slow_token_answers_after_two_seconds(provider: Running) {
        let asked = Instant::now();
        let answer = provider.authorise("o-1", 1_999, "card", "tok_slow").send().await.expect("answers");
        assert_eq!(answer.status(), 200);
        assert!(asked.elapsed() >= Duration::from_secs(2), "{:?}", asked.elapsed());
    }

    async fn a_lost_token_sets_the_money_aside_and_never_answers(provider: Running) {
        let lost = provider.authorise("o-1", 1_999, "card", "tok_lost").timeout(Duration::from_secs(3)).send().await;
        assert!(lost.expect_err("no answer comes").is_timeout());
        assert_eq!(provider.state("o-1").await, PaymentState::Authorised);
        let void = provider.client.post(format!("{}/payments/o-1/void", provider.public)).send().await;
        assert_eq!(void.expect("answers").status(), 200);
        assert_eq!(provider.state("o-1").await, PaymentState::Voided);
    }
}
