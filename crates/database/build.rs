//! A new migration is compiled in even if nothing else changed: Cargo does not know of the files that
//! `sqlx::migrate!` reads.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
