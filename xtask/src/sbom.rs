//! `cargo xtask sbom`: what the program is made of, as CycloneDX 1.6.
//!
//! The list contains what is linked into the server and into what browsers load, at the versions and with the checksums
//! of `Cargo.lock`; what only builds or tests it is left out. The same sources give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Outcome, process, wasm_target, workspace};

/// The packages that are shipped: the program, and what browsers load.
const ROOTS: [&str; 2] = ["server", "frontend"];

/// Writes the list to a file, or to the standard output.
pub fn sbom(own: &[String]) -> Outcome {
    let target = match own {
        [] => None,
        [flag, file] if flag == "--output" => Some(Path::new(file)),
        _ => return Err("`cargo xtask sbom` takes `--output FILE` and nothing else.".into()),
    };
    let about = process::answer(process::program("rustc").arg("-vV")).unwrap_or_default();
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let mut command = process::cargo(&["metadata", "--format-version", "1", "--locked"]);
    for target in [
        wasm_target::TARGET,
        host.ok_or("`rustc -vV` does not say for what it builds.")?,
    ] {
        command.args(["--filter-platform", target]);
    }
    let metadata = process::answer(&mut command).ok_or("`cargo metadata` failed.")?;
    let metadata = serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}."))?;
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock cannot be read: {error}."))?;
    let list =
        list(&metadata, &checksums(&lock)).ok_or("cargo metadata is of another form than expected.")?;
    let text = format!("{list:#}\n");
    match target {
        Some(file) => fs::write(file, text).map_err(|error| format!("{}: {error}.", file.display())),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

/// The checksums of `Cargo.lock`, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut checksums = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
            Some(line.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) = (value("name"), value("version"), value("checksum")) {
            checksums.insert((name, version), sum);
        }
    }
    checksums
}

/// The list itself; `None` when the metadata is not understood.
fn list(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Option<Value> {
    let packages: BTreeMap<&str, &Value> = metadata["packages"]
        .as_array()?
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()?
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let is_root = |id: &&str| {
        let package = packages.get(id);
        package.is_some_and(|one| one["source"].is_null() && ROOTS.iter().any(|root| one["name"] == *root))
    };
    let roots: Vec<&str> = packages.keys().copied().filter(is_root).collect();
    let mut shipped: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut open = roots.clone();
    while let Some(id) = open.pop() {
        if shipped.contains_key(id) {
            continue;
        }
        let needed = linked(nodes.get(id)?)?;
        open.extend(&needed);
        shipped.insert(id, needed);
    }
    let reference = |id: &str| packages.get(id).and_then(|package| address(package));
    let own = roots
        .iter()
        .find_map(|id| packages.get(id).filter(|one| one["name"] == "server"))?;
    let program = json!({
        "type": "application",
        "bom-ref": "tokenwright",
        "name": "tokenwright",
        "version": own["version"],
        "licenses": [{ "expression": own["license"] }],
    });
    let components: Option<Vec<Value>> = shipped
        .keys()
        .map(|id| component(packages.get(id)?, checksums))
        .collect();
    let mut dependencies = vec![json!({
        "ref": "tokenwright",
        "dependsOn": roots.iter().filter_map(|id| reference(id)).collect::<Vec<_>>(),
    })];
    dependencies.extend(shipped.iter().map(|(id, needed)| {
        let needed: BTreeSet<String> = needed.iter().filter_map(|id| reference(id)).collect();
        json!({ "ref": reference(id), "dependsOn": needed })
    }));
    Some(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": program },
        "components": components?,
        "dependencies": dependencies,
    }))
}

/// What a package is linked with: neither build nor test dependencies.
fn linked(node: &Value) -> Option<BTreeSet<&str>> {
    let needed = node["deps"].as_array()?.iter().filter(|one| {
        let kinds = one["dep_kinds"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
    });
    Some(needed.filter_map(|one| one["pkg"].as_str()).collect())
}

/// The package URL, as CycloneDX and vulnerability databases know it. Our own packages are published nowhere; here it
/// only distinguishes them.
fn address(package: &Value) -> Option<String> {
    let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
    Some(format!("pkg:cargo/{name}@{version}"))
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Option<Value> {
    let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
    let mut component = json!({
        "type": "library",
        "bom-ref": address(package)?,
        "name": name,
        "version": version,
        "purl": address(package)?,
    });
    if let Some(license) = package["license"].as_str() {
        // Old packages write a slash for «or».
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(sum) = checksums.get(&(name.to_owned(), version.to_owned())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    if let Some(repository) = package["repository"].as_str() {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    Some(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, source: Value) -> Value {
        json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "source": source })
    }

    fn node(id: &str, needed: &[(&str, Value)]) -> Value {
        let deps: Vec<Value> = needed
            .iter()
            .map(|(pkg, kind)| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] }))
            .collect();
        json!({ "id": id, "deps": deps })
    }

    #[test]
    fn the_list_holds_what_is_linked_with_its_checksum_and_nothing_else() {
        let registry = json!("registry");
        let metadata = json!({
            "packages": [
                package("server", Value::Null),
                package("frontend", Value::Null),
                package("axum", registry.clone()),
                package("cc", registry.clone()),
                package("proptest", registry),
            ],
            "resolve": { "nodes": [
                node("server", &[("axum", Value::Null), ("cc", json!("build")), ("proptest", json!("dev"))]),
                node("frontend", &[]),
                node("axum", &[]),
                node("cc", &[]),
                node("proptest", &[]),
            ]},
        });
        let lock = "[[package]]\nname = \"axum\"\nversion = \"1.0.0\"\nchecksum = \"ab\"\n";

        let list = list(&metadata, &checksums(lock)).expect("a list");

        let components = list["components"].as_array().expect("components");
        let names: Vec<&Value> = components.iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["axum", "frontend", "server"]);
        assert_eq!(components[0]["hashes"][0]["content"], "ab");
        assert_eq!(components[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(
            list["dependencies"][3]["dependsOn"],
            json!(["pkg:cargo/axum@1.0.0"])
        );
        assert_eq!(list["bomFormat"], "CycloneDX");
    }

    #[test]
    fn the_licence_that_packages_name_lies_beside_them() {
        let manifest = fs::read_to_string(workspace::root().join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("license = \"MIT OR Apache-2.0\""));
        for (file, word) in [
            ("LICENSE-MIT", "Permission is hereby granted"),
            ("LICENSE-APACHE", "Version 2.0"),
        ] {
            let text = fs::read_to_string(workspace::root().join(file)).expect(file);
            assert!(text.contains(word), "{file}");
        }
    }
}
