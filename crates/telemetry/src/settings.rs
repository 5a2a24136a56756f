//! What the standard `OTEL_*` variables ask for, read once, with every mistake reported
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>).

use std::{env, time::Duration};

use crate::log;

/// Which traces that begin here are kept. Whatever a caller decided for its trace stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampler {
    AlwaysOn,
    AlwaysOff,
    /// This share of them, 0 to 1.
    Ratio(f64),
}

/// How telemetry leaves this process. Endpoint, headers, compression and time-out of the push, and the batch sizes of spans, are
/// read from their own variables by the exporters.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether spans are pushed (`OTEL_TRACES_EXPORTER`: `otlp` or `none`).
    pub push_traces: bool,
    /// Whether metrics are pushed (`OTEL_METRICS_EXPORTER`: `otlp`, `prometheus`, both with a comma, or `none`). The scrape always works.
    pub push_metrics: bool,
    /// Time from one push of metrics to the next (`OTEL_METRIC_EXPORT_INTERVAL`, in milliseconds; a minute unless told).
    pub push_interval: Duration,
    /// How long one push of spans may take (`OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, else `OTEL_EXPORTER_OTLP_TIMEOUT`, in milliseconds; 10 s).
    pub traces_timeout: Duration,
    /// How long one push of metrics may take (`OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, else `OTEL_EXPORTER_OTLP_TIMEOUT`, in milliseconds; 10 s).
    pub metrics_timeout: Duration,
    /// Which traces are kept (`OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`; all unless told).
    pub sampler: Sampler,
    /// How many ended spans may wait (`OTEL_BSP_MAX_QUEUE_SIZE`; 2048 unless told).
    pub span_queue: usize,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// One sentence for each variable that cannot be understood.
    pub fn from_env() -> Result<Self, Vec<String>> {
        Self::read(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let disabled = get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let mut exporters = |name: &str, allowed: &[&str], default: &str| {
            let value = get(name).unwrap_or_else(|| default.to_owned());
            for word in value.split(',').map(str::trim).filter(|word| !allowed.contains(word)) {
                mistakes.push(format!("{name}: `{word}` is not an exporter here; use {}", allowed.join(" or ")));
            }
            !disabled && value.split(',').any(|word| word.trim() == "otlp")
        };
        let push_traces = exporters("OTEL_TRACES_EXPORTER", &["otlp", "none"], "otlp");
        let push_metrics = exporters("OTEL_METRICS_EXPORTER", &["otlp", "prometheus", "none"], "otlp,prometheus");
        let mut whole = |name: &str, default: u64| match get(name).map(|value| (value.parse::<u64>(), value)) {
            None => default,
            Some((Ok(number), _)) if number > 0 => number,
            Some((_, value)) => {
                mistakes.push(format!("{name}: `{value}` is not a whole number above zero"));
                default
            }
        };
        let push_interval = Duration::from_millis(whole("OTEL_METRIC_EXPORT_INTERVAL", 60_000));
        let span_queue = usize::try_from(whole("OTEL_BSP_MAX_QUEUE_SIZE", 2048)).unwrap_or(2048);
        let timeout = whole("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000);
        let traces_timeout = Duration::from_millis(whole("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", timeout));
        let metrics_timeout = Duration::from_millis(whole("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", timeout));
        for name in ["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] {
            whole(name, 1);
        }
        for name in
            ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"]
        {
            if let Some(value) = get(name).filter(|value| value != "http/protobuf") {
                mistakes.push(format!(
                    "{name}: `{value}` is not spoken here; use http/protobuf, the collector's port 4318"
                ));
            }
        }
        for name in
            ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]
        {
            if let Some(value) = get(name).filter(|value| reqwest::Url::parse(value).is_err_or_not_http()) {
                mistakes.push(format!("{name}: `{value}` is no address; write it like http://127.0.0.1:4318"));
            }
        }
        let sampler = Self::sampler(&get, &mut mistakes);
        // Read where the log begins; looked at here, so that its mistake is told with the others.
        mistakes.extend(log::filter(get("RUST_LOG")).err());
        if mistakes.is_empty() {
            Ok(Self { push_traces, push_metrics, push_interval, traces_timeout, metrics_timeout, sampler, span_queue })
        } else {
            Err(mistakes)
        }
    }

    fn sampler(get: impl Fn(&str) -> Option<String>, mistakes: &mut Vec<String>) -> Sampler {
        let ratio = match get("OTEL_TRACES_SAMPLER_ARG").map(|value| (value.parse::<f64>(), value)) {
            None => 1.0,
            Some((Ok(ratio), _)) if (0.0..=1.0).contains(&ratio) => ratio,
            Some((_, value)) => {
                mistakes.push(format!("OTEL_TRACES_SAMPLER_ARG: `{value}` is not a share between 0 and 1"));
                1.0
            }
        };
        match get("OTEL_TRACES_SAMPLER").as_deref() {
            Some("always_on" | "parentbased_always_on") => Sampler::AlwaysOn,
            Some("always_off" | "parentbased_always_off") => Sampler::AlwaysOff,
            None | Some("traceidratio" | "parentbased_traceidratio") => Sampler::Ratio(ratio),
            Some(value) => {
                mistakes.push(format!(
                    "OTEL_TRACES_SAMPLER: `{value}` is not a sampler; use parentbased_traceidratio, parentbased_always_on or parentbased_always_off"
                ));
                Sampler::AlwaysOn
            }
        }
    }
}

trait NotHttp {
    fn is_err_or_not_http(&self) -> bool;
}

impl<E> NotHttp for Result<reqwest::Url, E> {
    fn is_err_or_not_http(&self) -> bool {
        !self.as_ref().is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn without_variables_everything_is_pushed_and_kept() {
        let settings = read(&[]).expect("no mistakes");
        assert!(settings.push_traces && settings.push_metrics);
        assert_eq!((settings.push_interval, settings.sampler), (Duration::from_secs(60), Sampler::Ratio(1.0)));
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let mistakes = read(&[
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
            ("OTEL_TRACES_SAMPLER_ARG", "2"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("RUST_LOG", "chassis=loud"),
        ])
        .expect_err("seven mistakes");
        assert_eq!(mistakes.len(), 7, "{mistakes:#?}");
    }

    #[test]
    fn none_pushes_nothing() {
        let settings =
            read(&[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "prometheus")]).expect("no mistakes");
        assert!(!settings.push_traces && !settings.push_metrics);
    }
}
