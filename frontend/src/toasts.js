
// `F6` goes to the newest message at the edge of the page, and `Ctrl Z` takes back what it tells of.
addEventListener("keydown", (event) => {
    const message = document.querySelector(".toast:last-child");
    if (!message || event.defaultPrevented) return;
    const undo = message.querySelector(".small");
    const isWriting = event.target.matches("input, textarea, [contenteditable]");
    if (event.key === "F6") (undo ?? message.querySelector("button")).focus();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && undo && !isWriting) undo.click();
    else return;
    event.preventDefault();
});
