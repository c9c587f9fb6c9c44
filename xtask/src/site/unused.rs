//! Functions that are linked and never called.
//!
//! Leptos keeps what can be done to a view whose type was forgotten in a table of functions, and a linker keeps
//! whatever stands in a table. One of them this application never calls: bringing a page to life while parts of
//! its code are still on their way, which only `leptos::mount::hydrate_lazy` starts. The bodies of these functions
//! go, and with them a tenth of the Wasm.

use rustc_demangle::demangle;
use walrus::ir::Unreachable;
use walrus::{FunctionKind, Module, passes};

use crate::Outcome;

/// What they are called, and the effects that they alone make.
pub const UNUSED: [&str; 2] = ["::hydrate_async", "::new_with_async_value_erased"];

/// Empties what is never called. The Wasm stops if it is, after all.
pub fn empty(module: &mut Module) -> Outcome {
    let mut emptied = 0;
    for function in module.funcs.iter_mut() {
        let is_unused = function.name.as_deref().is_some_and(is_unused);
        if let (FunctionKind::Local(local), true) = (&mut function.kind, is_unused) {
            let entry = local.entry_block();
            let body = &mut local.block_mut(entry).instrs;
            body.clear();
            body.push((Unreachable {}.into(), Default::default()));
            emptied += 1;
        }
    }
    if emptied == 0 {
        return Err(format!(
            "Leptos has no functions {UNUSED:?} any more: see {}.",
            file!()
        ));
    }
    passes::gc::run(module);
    Ok(())
}

/// Whether a linker's name is that of such a function or of a closure in it, for whatever type. The dropping of
/// such a closure is not meant: linkers make one of code that is alike, and dropping is often alike.
fn is_unused(name: &str) -> bool {
    let name = format!("{:#}", demangle(name)).replace("->", "");
    UNUSED.iter().any(|path| {
        name.split_once(path)
            .is_some_and(|(before, _)| before.matches('<').count() == before.matches('>').count())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both kinds of names that compilers give.
    #[test]
    fn the_functions_are_known_by_their_names() {
        for name in [
            "_ZN42_$LT$T$u20$as$u20$a..any_view..IntoAny$GT$8into_any13hydrate_async17hdb499885e69d482bE",
            "_ZN42_$LT$T$u20$as$u20$a..any_view..IntoAny$GT$8into_any13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17hde806c22923a92a5E",
            "_RINvNvXNtCs4Q2Qx8jI5j6_1a8any_viewpNtB5_7IntoAny8into_any13hydrate_asynclEB7_",
            "_RNCINvNvXNtCs4Q2Qx8jI5j6_1a8any_viewpNtB7_7IntoAny8into_any13hydrate_asynclE0B9_",
        ] {
            assert!(is_unused(name), "{:#}", demangle(name));
        }
    }

    #[test]
    fn nothing_else_is_taken_for_them() {
        for name in [
            "_ZN4core3ptr127drop_in_place$LT$$LT$T$u20$as$u20$a..any_view..IntoAny$GT$..into_any..hydrate_async$LT$i32$GT$..$u7b$$u7b$closure$u7d$$u7d$$GT$17hf442ab1bb15538ebE",
            "_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNCINvNvXNtCs4Q2Qx8jI5j6_1a8any_viewpNtBO_7IntoAny8into_any13hydrate_asynclE0EBQ_",
            "_ZN60_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any5build17h0123456789abcdefE",
            "memcpy",
        ] {
            assert!(!is_unused(name), "{:#}", demangle(name));
        }
    }
}
