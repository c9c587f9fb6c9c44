//! Functions that are linked and never called.
//!
//! Leptos keeps what can be done to a view whose type was forgotten in a table of functions, and a linker keeps
//! whatever stands in a table. One of them this application never calls: bringing a page to life while parts of
//! its code are still on their way, which only `leptos::mount::hydrate_lazy` starts. The bodies of these functions
//! go, and much that only they need with them.

use std::collections::HashSet;

use rustc_demangle::demangle;
use walrus::ir::{Unreachable, Visitor, dfs_in_order};
use walrus::{FunctionId, FunctionKind, Module, passes};

use crate::Outcome;

/// What they are called, whatever the type of the view.
pub const UNUSED: &str = "::into_any::hydrate_async";

/// Empties what is never called. Nothing that stays may call it: that fails the build, and not some browser later.
pub fn empty(module: &mut Module) -> Outcome {
    let mut emptied = HashSet::new();
    for function in module.funcs.iter_mut() {
        let is_unused = function.name.as_deref().is_some_and(is_unused);
        if let (FunctionKind::Local(local), true) = (&mut function.kind, is_unused) {
            let entry = local.entry_block();
            let body = &mut local.block_mut(entry).instrs;
            body.clear();
            body.push((Unreachable {}.into(), Default::default()));
            emptied.insert(function.id());
        }
    }
    if emptied.is_empty() {
        return Err(format!(
            "Leptos has no functions …{UNUSED} any more: see {}.",
            file!()
        ));
    }
    passes::gc::run(module);
    match caller(module, &emptied) {
        Some(name) => Err(format!(
            "{name} calls a function …{UNUSED}, which was thought to be unused: see {}.",
            file!()
        )),
        None => Ok(()),
    }
}

/// A function that calls one of these by name. In the tables they stand for views alone, and what takes them from
/// there is called as they are.
fn caller(module: &Module, emptied: &HashSet<FunctionId>) -> Option<String> {
    module
        .funcs
        .iter_local()
        .find(|(_, local)| {
            let mut calls = Calls {
                emptied,
                found: false,
            };
            dfs_in_order(&mut calls, local, local.entry_block());
            calls.found
        })
        .map(|(id, _)| {
            let name = module.funcs.get(id).name.as_deref().unwrap_or("A function");
            format!("{:#}", demangle(name))
        })
}

/// Looks for calls of emptied functions.
struct Calls<'a> {
    emptied: &'a HashSet<FunctionId>,
    found: bool,
}

impl<'a> Visitor<'a> for Calls<'_> {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.found |= self.emptied.contains(function);
    }
}

/// Whether a linker's name is that of such a function, or of the future in it, which is a closure to the linker.
///
/// Neither the dropping of one is meant nor what is nested deeper: linkers make one of code that is alike, and such
/// code is often like that of something that is used.
fn is_unused(name: &str) -> bool {
    let name = format!("{:#}", demangle(name)).replace("->", "");
    let Some((before, after)) = name.split_once(UNUSED) else {
        return false;
    };
    let is_whole = before.matches('<').count() == before.matches('>').count();
    is_whole && !after.contains("}::")
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
            "_ZN60_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$7inner_117h7b47384acaa09736E",
            "memcpy",
        ] {
            assert!(!is_unused(name), "{:#}", demangle(name));
        }
    }
}
