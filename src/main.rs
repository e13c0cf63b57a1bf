//! The program: says what was asked, does it, and ends with a status.

fn main() {}
