
const arrived = {};
function fetchPart(file) {
    return arrived[file] ??= WebAssembly.instantiateStreaming(fetch(new URL(file, import.meta.url)), { __wasm_split: wasm, main: wasm })
        .catch((error) => { delete arrived[file]; throw error; });
}
function part(...files) {
    return (callback, data) => Promise.all(files.map(fetchPart))
        .then(() => true, (error) => (console.warn(error), false))
        .then((loaded) => wasm.__indirect_function_table.get(callback)(data, loaded));
}
