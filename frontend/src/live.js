
// What the server says, for all tabs of a browser by one connection: a browser opens six to a host that speaks HTTP/1.1,
// and the seventh tab would never load. One tab leads, holds the lock and the stream, and passes on what comes; when it
// is closed, the next one in the queue leads. `tell` hears "open" (what happened before is unknown), "lost", and changes
// in the server's words. `name` is that of the person: whoever signs in as another has another stream.
function hearServer(name, tell) {
    let stream;
    const stop = () => {
        stream?.close();
        stream = undefined;
    };
    const start = (say) => {
        stop();
        const opened = stream = new EventSource("/events");
        opened.onopen = () => say("open");
        opened.addEventListener("change", (event) => say(event.data));
        opened.onerror = () => {
            say("lost");
            // The browser comes back by itself, but not after an answer that is no stream: a server that is just starting.
            if (opened.readyState === EventSource.CLOSED) setTimeout(() => stream === opened && start(say), 3000);
        };
    };
    // Browsers have no locks for pages that came without encryption. There, tabs that nobody sees have no stream.
    if (!navigator.locks) {
        const look = () => document.hidden ? stop() : stream ?? start(tell);
        document.addEventListener("visibilitychange", look);
        return look();
    }
    const channel = new BroadcastChannel(name);
    const tellAll = (words) => {
        tell(words);
        channel.postMessage(words);
    };
    // Held until the tab is closed, or until another tab takes it away.
    const lead = (options) => navigator.locks.request(name, options, () => new Promise(() => start(tellAll)))
        .catch(() => {
            stop();
            lead({});
        });
    // A browser may have put the leading tab to sleep. Whoever comes into sight asks, and leads when nobody answers.
    let asked;
    let heard;
    const ask = () => {
        if (document.hidden || stream) return;
        channel.postMessage("?");
        clearTimeout(asked);
        asked = setTimeout(() => stream ?? lead({ steal: true }), 2000);
    };
    channel.onmessage = ({ data }) => {
        if (data === "?") {
            if (stream?.readyState === EventSource.OPEN) channel.postMessage("!");
            return;
        }
        clearTimeout(asked);
        if (data !== "!") tell(data);
        else if (!heard) tell("open");
        heard = true;
    };
    document.addEventListener("visibilitychange", ask);
    lead({});
    ask();
}
