//! The one script: what wasm-bindgen wrote, and the functions that load further parts of the Wasm.
//!
//! wasm-bindgen imports these functions from a separate file, and that file would import the script: a cycle, in which
//! no file could be named after its content. So they are inlined where they are used.

use super::split::LOADERS;
use crate::Outcome;

/// How a part is loaded: once, and again only when that failed.
const LOADER: &str = include_str!("loader.js");

/// Puts the loaders into the script. `sections` are the names of sections and the files that each needs, as the
/// script finds them.
pub fn put_in(script: &str, sections: &[(String, Vec<String>)]) -> Outcome<String> {
    let mut loaders = format!("        \"{LOADERS}\": {{\n");
    for (section, files) in sections {
        let files: Vec<_> = files.iter().map(|file| format!("\"./{file}\"")).collect();
        loaders.push_str(&format!(
            "__wasm_split_load_{section}: part({}),\n",
            files.join(", ")
        ));
    }
    loaders.push_str("        },\n");

    let is_from_loaders = |line: &str| line.starts_with("import ") && line.contains(LOADERS);
    let is_entry = |line: &str| line.trim_start().starts_with(&format!("\"{LOADERS}\":"));
    let mut result = String::new();
    let mut is_put_in = false;
    for line in script.lines().filter(|line| !is_from_loaders(line)) {
        if !is_entry(line) {
            result.push_str(line);
            result.push('\n');
        } else if !is_put_in {
            result.push_str(&loaders);
            is_put_in = true;
        }
    }
    if !is_put_in {
        return Err(format!("The script has no place for {LOADERS}: see {}.", file!()));
    }
    result.push_str(LOADER);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loaders_stand_where_they_were_imported() {
        let script = "import * as import1 from \"./__wasm_split.js\"\nimport * as import2 from \"./__wasm_split.js\"\n\
                      function imports() {\n    return {\n        \"./__wasm_split.js\": import1,\n        \"./__wasm_split.js\": import2,\n    };\n}\n";
        let sections = [(
            "people".to_owned(),
            vec!["kit.1.wasm".to_owned(), "people.2.wasm".to_owned()],
        )];
        let put = put_in(script, &sections).unwrap();
        assert!(!put.contains("import *"), "{put}");
        assert_eq!(put.matches("\"./__wasm_split.js\": {").count(), 1, "{put}");
        assert!(
            put.contains("__wasm_split_load_people: part(\"./kit.1.wasm\", \"./people.2.wasm\"),"),
            "{put}"
        );
        assert!(put_in("export {};", &sections).is_err());
    }
}
