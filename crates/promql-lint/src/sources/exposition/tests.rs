//! What is read of exposition text, and what is refused.

use std::time::{Duration, Instant};

use promql::Observed;

use super::exposition;

fn read(text: &str) -> Vec<Observed> {
    exposition(text, "given").unwrap_or_else(|why| panic!("{why}\n{text}"))
}

/// One line a metric: name, kind, unit, labels (`?` unless always there) with values, bounds, quantiles.
fn described(all: &[Observed]) -> Vec<String> {
    let described = all.iter().map(|metric| {
        let labels = metric.labels.iter().map(|(key, label)| {
            let sure = if label.always { "" } else { "?" };
            format!("{key}{sure}={}", label.values.iter().map(String::as_str).collect::<Vec<_>>().join("|"))
        });
        let unit = match &metric.unit {
            Some(unit) => format!(" in {unit}"),
            None => String::new(),
        };
        let numbers = |key, numbers: &[String]| {
            if numbers.is_empty() { String::new() } else { format!(" {key} {}", numbers.join(" ")) }
        };
        let (bounds, quantiles) = (numbers("le", &metric.bounds), numbers("quantile", &metric.quantiles));
        let labels = labels.collect::<Vec<_>>().join(", ");
        format!("{} {}{unit} {{{labels}}}{bounds}{quantiles}", metric.name, metric.kind.as_str())
    });
    described.collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(described(&read(text)), expected, "{text}");
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>, expected: &str) {
    let error = exposition(text, "given").expect_err("is to be refused");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn every_kind_of_the_older_format_is_read() {
    check(
        r#"
# HELP http_requests_total Requests, by \\ and\nmore.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{ method = "post" , code = "400" , } 3 1395066363000
# A remark.
#no space
http_untold 1
# TYPE rpc_seconds histogram
rpc_seconds_bucket{le="0.05"} 1
rpc_seconds_bucket{le="1"} 2
rpc_seconds_bucket{le="+Inf"} 3
rpc_seconds_sum 4.5e-1
rpc_seconds_count 3
# TYPE pauses summary
pauses{quantile="0.5"} NaN
pauses{quantile="0.99"} +Inf
pauses_sum 1
pauses_count 2
	# TYPE room_celsius	gauge
room_celsius -4.5
# TYPE build_info gauge
build_info{version="1"} 1
# TYPE declared_only_total counter
"#,
        &[
            "build_info info {version=1}",
            "declared_only_total counter {}",
            "http_requests_total counter {code=200|400, method=post}",
            "http_untold unknown {}",
            "pauses summary {} quantile 0.5 0.99",
            "room_celsius gauge {}",
            "rpc_seconds histogram {} le 0.05 1.0 +Inf",
        ],
    );
}

#[test]
fn every_kind_of_openmetrics_is_read() {
    check(
        r#"# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency though all of ACME's HTTP request router.
acme_http_router_request_seconds_sum{path="/api/v1"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1"} 807283.0
acme_http_router_request_seconds_created{path="/api/v1"} 1605281325.0
# TYPE requests counter
requests_total{code="200"} 17 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.7
requests_total 2 # {} 1
requests_created{code="200"} 1520430000.123
# TYPE waits histogram
# UNIT waits minutes
waits_bucket{le="1.0"} 8 # {trace_id="a\"b"} 0.5
waits_bucket{le="+Inf"} 17
# TYPE queue gaugehistogram
queue_bucket{le="10"} 4
queue_gcount 4
queue_gsum 20
# TYPE phase stateset
phase{phase="idle"} 1
phase{phase="busy"} 0
# TYPE target info
target_info{env="prod"} 1
# TYPE odd unknown
odd 1
# EOF
"#,
        &[
            "acme_http_router_request_seconds summary in seconds {path=/api/v1}",
            "acme_http_router_request_seconds_created gauge in seconds {path=/api/v1}",
            "odd unknown {}",
            "phase stateset {phase=busy|idle}",
            "queue gaugehistogram {} le 10.0",
            "requests_created gauge in seconds {code=200}",
            "requests_total counter {code?=200}",
            "target_info info {env=prod}",
            "waits histogram in minutes {} le 1.0 +Inf",
        ],
    );
}

#[test]
fn names_in_quotes_may_hold_any_letters() {
    check(
        r#"# TYPE "http.server.duration" counter
{"http.server.duration","http.route"="/a\\b",method="GET"} 1
{ "größe" } 2
plain{"k.e.y"="v"} 3
"#,
        &["größe unknown {}", r"http.server.duration counter {http.route=/a\b, method=GET}", "plain unknown {k.e.y=v}"],
    );
}

#[test]
fn help_and_values_are_unescaped() {
    let all = read("# HELP a One \\\\ two\\nthree \\x\na{b=\"c\\\"d\\\\e\\nf\\g\"} 1\n");
    assert_eq!(all[0].help, "One \\ two\nthree \\x");
    assert_eq!(all[0].labels["b"].values.first().map(String::as_str), Some("c\"d\\e\nf\\g"));
}

#[test]
fn a_label_is_always_there_if_every_series_has_it() {
    check("a{b=\"1\",c=\"\",d=\"2\"} 1\na{b=\"3\"} 1\n", &["a unknown {b=1|3, d?=2}"]);
    let text = "# TYPE h histogram\nh_bucket{x=\"1\",y=\"1\",le=\"1\"} 1\nh_count{x=\"1\"} 1\nh_sum{x=\"1\"} 1\n";
    check(text, &["h histogram {x=1, y?=1} le 1.0"]);
}

#[test]
fn what_has_no_type_keeps_the_spelling_of_its_buckets() {
    check("x_bucket{le=\"1\"} 1\nx_bucket{le=\"10\"} 1\nx_bucket{le=\"2\"} 1\n", &["x_bucket unknown {} le 1 2 10"]);
    check("# TYPE g gauge\ng{le=\"1\"} 1\n", &["g gauge {le=1}"]);
}

#[test]
fn lines_may_end_as_on_windows_and_the_last_need_not() {
    check("a 1\r\nb 2\r\n\r\nc 3", &["a unknown {}", "b unknown {}", "c unknown {}"]);
    check("", &[]);
}

#[test]
fn what_is_in_neither_format_is_refused_at_its_place() {
    refused("a 1\nb\n", "given:2:2: the line ends before the sample's value");
    refused("a 1\n  b one\n", "given:2:5: the sample's value, `one`, is no number");
    refused("a 1 2 3\n", "given:1:7: `3` is too much here");
    refused("a 1 yesterday\n", "given:1:5: the sample's time, `yesterday`, is no number");
    refused("a{b=1} 1\n", "given:1:5: the value of `b` is expected here, in quotes");
    refused("a{b} 1\n", "given:1:3: `b` has no value; labels are written b=\"…\"");
    refused("a{b=\"1\" c=\"2\"} 1\n", "given:1:9: `,` or `}` is expected here");
    refused(
        "a{ä=\"1\"} 1\n",
        "given:1:3: `ä` cannot stand in a label's name; such names are written in quotes within the braces",
    );
    refused("a{ö", "given:1:3: `ö` cannot stand in a label's name; such names are written in quotes within the braces");
    refused("a{\"ö\"=\"1\",b=\"", "given:1:13: this quote is never closed");
    refused("a{b=\"1\",b=\"2\"} 1\n", "given:1:3: the label `b` is given twice");
    refused(
        "my-metric 1\n",
        "given:1:3: `-` cannot stand in a metric's name; such names are written in quotes within the braces",
    );
    refused("1a 1\n", "given:1:1: a metric's name cannot begin with a digit");
    refused("\n{a=\"1\"} 1\n", "given:2:1: this sample names no metric");
    refused("{\"\"} 1\n", "given:1:2: a name is empty");
    refused("# TYPE a\n", "given:1:9: the line ends before the type");
    refused("# TYPE a counter\n# TYPE a gauge\n", "given:2:1: `a` was said to be a counter in line 1");
    refused("# EOF\na 1\n", "given:2:1: nothing may follow `# EOF`; give each text in a file of its own");
    refused(
        "a 1\nä\u{301} \n".as_bytes().split_last().expect("bytes").1,
        "given:2:1: `ä` cannot stand in a metric's name; such names are written in quotes within the braces",
    );
    refused(b"a 1\n\xc3\xa4\xff 1\n", "given:2:2: this is no text in UTF-8");
}

#[test]
fn what_is_no_exposition_text_at_all_is_told_by_its_beginning() {
    let html = "given:1:1: this begins like a page in HTML, not like metrics; most servers serve those under the path /metrics";
    refused("<html>\n<head>", html);
    refused("{\"status\":\"success\"}", "given:1:1: this begins like JSON, not like metrics");
    refused("[1]", "given:1:1: this begins like JSON, not like metrics");
}

#[test]
fn no_bytes_whatever_make_it_panic() {
    // A short form of the fuzzing: every text that comes of cutting a correct one, and of putting a byte in place of another.
    let text = "# HELP a b\\n\n# TYPE \"a.b\" counter\n{\"a.b\",c=\"ä\\\"\"} 1 2 # {d=\"e\"} 3 4\n# UNIT a s\n# EOF";
    for at in 0..text.len() {
        let _ = exposition(&text.as_bytes()[..at], "cut");
        for byte in [b'"', b'\\', b'{', b'}', b'\n', b'#', b' ', 0, 0xff, 0xc3] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = exposition(bytes, "replaced");
        }
    }
}

#[test]
fn reading_takes_time_in_proportion_to_the_length() {
    let took = |text: &str| {
        let began = Instant::now();
        let _ = exposition(text, "long");
        began.elapsed()
    };
    let line = |number: usize| {
        let labels = (0..number).map(|i| format!("l{i}=\"v\",")).collect::<String>();
        format!("a{{{labels}}} 1\n")
    };
    let lines = |number| (0..number).map(|i| format!("a{{b=\"{i}\",c=\"x\"}} 1\n")).collect::<String>();
    let types = |number| (0..number).map(|i| format!("# TYPE a{i} counter\n")).collect::<String>();
    let quotes = |number| format!("a{{b=\"{}", "\\\"".repeat(number));
    let kinds: [(&str, &dyn Fn(usize) -> String); 4] = [
        ("labels on one line", &line),
        ("lines", &lines),
        ("types", &types),
        ("a quote that is never closed", &quotes),
    ];
    for (what, text) in kinds {
        let (one, ten) = (text(4_000), text(40_000));
        let (short, long) = (took(&one), took(&ten));
        assert!(long < short * 60 + Duration::from_secs(1), "{what}: {short:?}, and ten times as many {long:?}");
    }
}
