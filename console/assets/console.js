// What the page does beyond being read: times that go on, a view that is sent again when it has
// changed, and keys. Everything works without it.
"use strict";
(() => {
  const body = document.body;
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  // Times: how long ago, or in how long, by the clock of the reader.
  const rough = (seconds) => {
    const s = Math.floor(seconds), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
    if (d >= 100) return d + "d";
    if (d) return d + "d " + (h % 24) + "h";
    if (h) return h + "h " + (m % 60) + "m";
    if (m) return m + "m " + (s % 60) + "s";
    return s + "s";
  };
  const tick = () => {
    const now = Date.now();
    for (const time of all("time")) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      const text = at > now + 999 ? "in " + rough((at - now) / 1000)
        : now - at < 1000 ? "now" : rough((now - at) / 1000) + " ago";
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // Live: the server sends the view when it has changed; what is being used stays as it is.
  const known = new Map();
  const isInUse = (element) => {
    const active = document.activeElement;
    if (active && active !== body && element.contains(active) && active.matches("input, textarea, select")) return true;
    const selection = document.getSelection();
    return !!selection && !selection.isCollapsed && element.contains(selection.anchorNode);
  };
  const keep = (from, to) => {
    for (const old of all("details[id]", from)) {
      const fresh = to.querySelector("#" + CSS.escape(old.id));
      if (fresh) fresh.open = old.open;
    }
    const scrolled = all(".scroll, .json, pre", from).map((it) => [it.scrollLeft, it.scrollTop]);
    const row = from.querySelector("tr.here a");
    const active = from.contains(document.activeElement) ? document.activeElement : null;
    return () => {
      all(".scroll, .json, pre", to).forEach((it, index) => {
        if (scrolled[index]) [it.scrollLeft, it.scrollTop] = scrolled[index];
      });
      if (row) {
        const again = all("tr a", to).find((it) => it.getAttribute("href") === row.getAttribute("href"));
        if (again) again.closest("tr").classList.add("here");
      }
      if (active && active.matches("a, summary")) {
        const again = all(active.tagName, to).find((it) => it.getAttribute("href") === active.getAttribute("href") && it.textContent === active.textContent);
        if (again) again.focus({ preventScroll: true });
      }
    };
  };
  const show = (html) => {
    const fresh = new DOMParser().parseFromString("<main>" + html + "</main>", "text/html");
    for (const part of all("[data-live]", fresh.querySelector("main"))) {
      const name = part.dataset.live, text = part.outerHTML;
      const old = document.querySelector("main [data-live='" + CSS.escape(name) + "']");
      if (!old || known.get(name) === text || isInUse(old)) continue;
      known.set(name, text);
      const after = keep(old, part);
      old.replaceWith(document.adoptNode(part));
      after();
    }
    tick();
  };
  const badge = document.getElementById("live");
  let source = null;
  const say = (text, isOff) => {
    if (!badge) return;
    badge.hidden = false;
    badge.classList.toggle("off", isOff);
    if (badge.textContent !== text) badge.textContent = text;
  };
  const stop = () => { if (source) source.close(); source = null; };
  const start = () => {
    if (source || document.hidden || !("live" in body.dataset) || !window.EventSource) return;
    const here = new URL(location.href);
    here.hash = "";
    here.searchParams.set("live", "1");
    source = new EventSource(here);
    source.onopen = () => say("Live", false);
    source.addEventListener("view", (event) => { say("Live", false); show(event.data); });
    source.addEventListener("problem", (event) => say(event.data.slice(0, 80), true));
    source.onerror = () => say(source && source.readyState === 2 ? "Not live" : "Reconnecting", true);
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else { tick(); start(); } });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);

  // Keys: `g` and a letter go to a place, `/` to the filter, `j` and `k` through rows.
  const places = { o: ".", r: "runs", s: "schedules", b: "bulk-jobs", f: "failures", t: "types", p: "patches", a: "audit" };
  let isGoing = false;
  const move = (by) => {
    const rows = all(".rows tbody tr");
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("here"));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    rows.forEach((row) => row.classList.toggle("here", row === next));
    const link = next.querySelector("a");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.matches("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (isGoing) {
      isGoing = false;
      if (places[event.key]) { event.preventDefault(); location.assign(places[event.key]); }
      return;
    }
    const filter = document.getElementById("filter");
    if (event.key === "g") { isGoing = true; setTimeout(() => { isGoing = false; }, 1200); }
    else if (event.key === "j") { event.preventDefault(); move(1); }
    else if (event.key === "k") { event.preventDefault(); move(-1); }
    else if (event.key === "/" && filter) { event.preventDefault(); filter.focus(); filter.select(); }
    else if (event.key === "/") { event.preventDefault(); location.assign("runs"); }
  });

  // A form is sent once; coming back to the page frees it.
  document.addEventListener("submit", (event) => {
    for (const button of all("button", event.target)) setTimeout(() => { button.disabled = true; }, 0);
  });
  addEventListener("pageshow", () => all("form button").forEach((button) => { button.disabled = false; }));
  // A link to an event opens it.
  const openTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();
  tick();
  setInterval(() => { if (!document.hidden) tick(); }, 1000);
})();
