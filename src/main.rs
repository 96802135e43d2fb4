//! The `mixlaw` program.

fn main() -> std::process::ExitCode {
    mixlaw::cli::main()
}
