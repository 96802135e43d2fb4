//! The `mixlaw` program.
fn main() {}
