//! Makes Cargo rebuild for a new migration even if nothing else changed: it does not know which files `sqlx::migrate!`
//! reads.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
