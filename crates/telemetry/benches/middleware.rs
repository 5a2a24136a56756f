//! What a request pays for its telemetry: ours beside its peers, in one process and one run, with a control.
//!
//! Processor time of the one thread that answers, per request, in rounds that take every contestant in turn, so that a machine
//! that grows slower does so for all. The control is the bare handler a second time: what differs there is noise.

#![expect(clippy::print_stdout, reason = "a bench speaks to people")]

use std::{
    hint::black_box,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::LazyLock,
    thread,
    time::Duration,
};

use actix_web::{
    App, HttpResponse,
    dev::Service as _,
    test::{TestRequest, init_service},
    web,
};
use signals::{Outcome, Route, Service, http::RouteIndex};
use telemetry::middleware::{Telemetry, mark};

const PATH: &str = "/api/v1/products/{id}";
/// The contestant that pays for nothing.
const BARE: &str = "bare actix-web";
/// The peer whose price is the measure.
const PEER: &str = "actix-web-prom";
const WARM_UP: usize = 2_000;
const REQUESTS: usize = 4_000;
const ROUNDS: usize = 15;

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    Service::new("bench", "1", 10_000)
        .with_routes([Route::new("GET", PATH, [Outcome::ok(200), Outcome::error(404, "product_not_found")])])
        .with_errors([])
});

/// Tells the second of the two processes that it is the one which races.
const RACE: &str = "VITRINE_BENCH_ROUNDS";

fn main() {
    match std::env::var(RACE).ok().and_then(|rounds| rounds.parse().ok()) {
        Some(rounds) => race(rounds),
        None => {
            // `cargo test --benches` only wants to know that it runs.
            let quick = std::env::args().any(|argument| argument == "--test");
            let rounds = if quick { 1 } else { ROUNDS };
            // Spans need somewhere to go that costs the race nothing: a sink in this process, the race in another.
            let myself = std::env::current_exe().expect("this program has a path");
            let race = Command::new(myself)
                .env(RACE, rounds.to_string())
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", sink())
                .status()
                .expect("this program can be run again");
            assert!(race.success(), "the race ended with {race}");
        }
    }
}

fn race(rounds: usize) {
    let settings = telemetry::Settings {
        push_traces: true,
        push_metrics: false,
        push_interval: Duration::from_secs(60),
        traces_timeout: Duration::from_secs(10),
        metrics_timeout: Duration::from_secs(10),
        // Whether a trace is kept is said by each request's caller below, so that one process can hold every case.
        sampler: telemetry::Sampler::AlwaysOff,
        span_queue: 65_536,
    };
    let _guard = telemetry::init(&SERVICE, &settings).expect("the only pipeline of this process");
    peers::set_up();
    actix_web::rt::System::new().block_on(async {
        let mut contest = Contest::default();
        for round in 0..=rounds {
            run(&mut contest, round).await;
        }
        contest.print();
    });
}

/// A collector that takes everything and keeps nothing.
fn sink() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || swallow(stream));
        }
    });
    address
}

fn swallow(stream: TcpStream) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    let mut requests = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if requests.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        std::io::copy(&mut requests.by_ref().take(length), &mut std::io::sink()).ok()?;
        answers
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
            .ok()?;
    }
}

/// One round: every contestant in turn. Round 0 only warms up.
async fn run(contest: &mut Contest, round: usize) {
    macro_rules! contestant {
        ($name:expr, $app:expr, $sampled:expr) => {
            let app = init_service($app.service(web::resource(PATH).route(web::get().guard(mark(RouteIndex(0))).to(handler)))).await;
            let sampled: usize = $sampled;
            let requests = if round == 0 { WARM_UP } else { REQUESTS };
            let began = cpu_time();
            for i in 0..requests {
                let mut request = TestRequest::get().uri("/api/v1/products/p-001");
                // Every contestant's request carries a header of the same size, so that only what is made of it differs.
                let keep = if i % 100 < sampled { "01" } else { "00" };
                request = request.insert_header(("traceparent", format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{keep}")));
                black_box(app.call(request.to_request()).await.expect("answers"));
            }
            if round > 0 {
                contest.add($name, (cpu_time() - began).as_nanos() as f64 / requests as f64);
            }
        };
    }
    contestant!(BARE, App::new(), 0);
    contestant!("bare again (control)", App::new(), 0);
    contestant!("vitrine, metrics", App::new().wrap(Telemetry::without_traces(&SERVICE)), 0);
    contestant!("vitrine, metrics and ids", App::new().wrap(Telemetry::new(&SERVICE)), 0);
    contestant!("vitrine, traces at 10 %", App::new().wrap(Telemetry::new(&SERVICE)), 10);
    contestant!("vitrine, traces at 100 %", App::new().wrap(Telemetry::new(&SERVICE)), 100);
    contestant!(PEER, App::new().wrap(peers::actix_web_prom()), 0);
    contestant!("opentelemetry-instrumentation-actix-web, metrics", App::new().wrap(peers::request_metrics()), 0);
    contestant!(
        "opentelemetry-instrumentation-actix-web, metrics, traces at 10 %",
        App::new().wrap(peers::request_metrics()).wrap(peers::request_tracing()),
        10
    );
}

async fn handler() -> HttpResponse {
    HttpResponse::Ok().body("a product")
}

/// The processor time of this thread.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

/// The times of every contestant, in nanoseconds a request, round by round.
#[derive(Default)]
struct Contest(Vec<(&'static str, Vec<f64>)>);

impl Contest {
    fn add(&mut self, name: &'static str, nanoseconds: f64) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => times.push(nanoseconds),
            None => self.0.push((name, vec![nanoseconds])),
        }
    }

    /// What a contestant adds to the bare handler: the median over the rounds of the difference within a round.
    fn added(&self, name: &str) -> (f64, f64, f64) {
        let times = |name: &str| {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, times)| times.as_slice()).unwrap_or_default()
        };
        let mut added: Vec<f64> = times(name).iter().zip(times(BARE)).map(|(with, without)| with - without).collect();
        added.sort_by(f64::total_cmp);
        let at = |share: f64| added[((added.len() - 1) as f64 * share).round() as usize];
        (at(0.25), at(0.5), at(0.75))
    }

    fn print(&self) {
        let bare = self.0.iter().find(|(name, _)| *name == BARE).map(|(_, times)| times.clone()).unwrap_or_default();
        println!(
            "processor time a request; {} rounds of {REQUESTS}; added = median (quartiles) of the difference within a round",
            bare.len()
        );
        println!("{:<66} {:>9} {:>19} {:>15}", "", "added", "(quartiles)", "to a-w-prom's");
        let peer = self.added(PEER).1;
        for (name, times) in &self.0 {
            let (low, middle, high) = self.added(name);
            if *name == BARE {
                let mut times = times.clone();
                times.sort_by(f64::total_cmp);
                println!("{name:<66} {:>6.0} ns in all", times[times.len() / 2]);
            } else {
                println!(
                    "{name:<66} {middle:>6.0} ns {:>19} {:>15.2}",
                    format!("({low:.0} to {high:.0})"),
                    middle / peer
                );
            }
        }
    }
}

mod peers {
    //! The peers, set up as their own documentation has it.

    use actix_web_prom::{PrometheusMetrics, PrometheusMetricsBuilder};
    use opentelemetry::global;
    use opentelemetry_instrumentation_actix_web::{RequestMetrics, RequestTracing};
    use opentelemetry_otlp::WithHttpConfig;
    use opentelemetry_sdk::{
        metrics::SdkMeterProvider,
        propagation::TraceContextPropagator,
        trace::{Sampler, SdkTracerProvider},
    };

    pub(super) fn set_up() {
        let scrape =
            opentelemetry_prometheus::exporter().with_registry(prometheus::Registry::new()).build().expect("a scrape");
        global::set_meter_provider(SdkMeterProvider::builder().with_reader(scrape).build());
        global::set_text_map_propagator(TraceContextPropagator::new());
        let client = std::thread::spawn(reqwest::blocking::Client::new).join().expect("a client");
        let spans = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .build()
            .expect("an exporter");
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
        global::set_tracer_provider(
            SdkTracerProvider::builder().with_sampler(sampler).with_batch_exporter(spans).build(),
        );
    }

    pub(super) fn actix_web_prom() -> PrometheusMetrics {
        PrometheusMetricsBuilder::new("bench").build().expect("a middleware")
    }

    pub(super) fn request_metrics() -> RequestMetrics {
        RequestMetrics::builder().build()
    }

    pub(super) fn request_tracing() -> RequestTracing {
        RequestTracing::new()
    }
}
