//! Functions that are linked and never called.
//!
//! Leptos keeps the operations on type-erased views in a table of functions, and a linker keeps whatever is in a table.
//! This application never calls one of them: hydrating a page while parts of its code are still loading, which only
//! `leptos::mount::hydrate_lazy` starts (here the parts come first). The bodies of these functions are removed before
//! the Wasm is split, and with them everything that only they need: 18 kB of what is loaded first. If one were called
//! anyway, the page would trap at once, in every story.

use std::collections::HashSet;

use rustc_demangle::demangle;

use super::linked;
use crate::Outcome;

/// Their names, whatever the type of the view.
const UNUSED: &str = "::into_any::hydrate_async";

/// Empties what is never called. Nothing that stays may call it: that fails the build, and not some browser later.
pub fn empty(wasm: &[u8]) -> Outcome<Vec<u8>> {
    let unused: HashSet<u32> = linked::Functions::read(wasm)?
        .with_bodies()
        .filter(|(_, name)| is_unused(name))
        .map(|(index, _)| index)
        .collect();
    if unused.is_empty() {
        return Err(format!(
            "Leptos has no functions …{UNUSED} any more: see {}.",
            file!()
        ));
    }
    if let Some(name) = linked::caller_of(wasm, &unused)? {
        return Err(format!(
            "{:#} calls a function …{UNUSED}, which was thought to be unused: see {}.",
            demangle(&name),
            file!()
        ));
    }
    linked::without_bodies(wasm, &unused)
}

/// Whether a linker's name is that of such a function, or of the future in it, which is a closure to the linker.
///
/// This excludes their drop glue and anything nested deeper: linkers merge identical code, and such code is often
/// identical to something that is used.
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
