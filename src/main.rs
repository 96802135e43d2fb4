//! The `mixlaw` program.

fn main() -> std::process::ExitCode {
    name_runtime_folder();
    mixlaw::cli::main()
}

/// Mesa's drivers complain on stderr where this variable is missing, as it is on servers, although
/// nothing here opens a window.
fn name_runtime_folder() {
    const NAME: &str = "XDG_RUNTIME_DIR";
    if cfg!(target_os = "linux") && std::env::var_os(NAME).is_none() {
        // SAFETY: this is the first thing that the program does; there is no other thread yet.
        unsafe { std::env::set_var(NAME, std::env::temp_dir()) };
    }
}
