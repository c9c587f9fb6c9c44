
// Where somebody is on a page, kept while the page changes under them: what has the focus, and how far it is scrolled.

// The element that has the focus, and all that it stands in.
let focused = [];
addEventListener("focusin", (event) => {
    focused = event.composedPath().filter((part) => part instanceof HTMLElement);
});
// Whoever leaves an element for nothing has nothing to be given back; an element that is taken away is another matter.
addEventListener("focusout", ({ target }) => setTimeout(() => {
    if (target.isConnected && focused[0] === target && !hasFocus()) focused = [];
}));

function hasFocus() {
    return document.activeElement && document.activeElement !== document.body;
}

function focus(element) {
    if (!element.matches("a, button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
    element.focus({ preventScroll: true });
}

// The focus never falls to the body. It goes to what took the place of the element: itself, if it was only moved; the
// next row, if its row is gone; the same one drawn anew; the row around it; what else is around it; at last the heading
// of the page.
function keepFocus(changes) {
    const [lost, ...around] = focused;
    if (!lost || hasFocus()) return;
    if (lost.isConnected) return focus(lost);
    const place = around.find((part) => part.isConnected && part.checkVisibility());
    const main = document.querySelector("main");
    const heading = main.querySelector("h1") ?? main;
    if (!place?.closest("main, dialog, [popover]") || place.contains(heading)) return focus(heading);
    if (focused.some((part) => !part.isConnected && part.matches(ROW))) {
        const { nextSibling, previousSibling } = changes.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(lost))) ?? {};
        const next = row(nextSibling, "nextSibling") ?? row(previousSibling, "previousSibling") ?? place.querySelector(ROW);
        return focus(next ?? heading);
    }
    const name = (element) => element.ariaLabel ?? element.textContent;
    const same = [...place.querySelectorAll(lost.tagName)].find((other) => name(other) === name(lost));
    focus(same ?? place.closest(ROW) ?? place);
}

const ROW = "[data-key], li";

function row(node, onwards) {
    while (node && !(node.isConnected && node.matches?.(ROW))) node = node[onwards];
    return node;
}

// *Back* comes back to the place in a list that was left. Rows that are not there yet come while the end of the list is
// in sight, so it is gone to until it is far enough.
const entry = () => window.navigation?.currentEntry.key;
let wanted;
let end;

function comeBack() {
    letGo();
    const y = Number(sessionStorage.getItem(entry()));
    if (y) {
        wanted = { y, entry: entry() };
        waitFor();
    }
}

function letGo() {
    clearTimeout(end);
    wanted = undefined;
}

function waitFor() {
    clearTimeout(end);
    end = setTimeout(letGo, 3000);
}

function keepPlace() {
    if (!wanted) return;
    if (wanted.entry !== entry()) return letGo();
    scrollTo(0, wanted.y);
    if (Math.abs(scrollY - wanted.y) > 1) waitFor();
}

if (entry()) {
    history.scrollRestoration = "manual";
    addEventListener("scroll", () => wanted || sessionStorage.setItem(entry(), scrollY), { passive: true });
    addEventListener("popstate", comeBack);
    for (const press of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(press, letGo, { passive: true });
    if (performance.getEntriesByType("navigation")[0]?.type !== "navigate") {
        comeBack();
        keepPlace();
    }
}

new MutationObserver((changes) => {
    keepFocus(changes);
    keepPlace();
}).observe(document.body, { childList: true, subtree: true });
