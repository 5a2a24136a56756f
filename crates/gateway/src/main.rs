//! Runs the gateway.

fn main() -> std::process::ExitCode {
    chassis::run(gateway::identity(), gateway::start)
}
