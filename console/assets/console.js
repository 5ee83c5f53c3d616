// What the page does beyond being read: times that go on, a view that is sent again when it has
// changed, keys, and a part of a timeline that is chosen by dragging. Everything works without it.
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
  let drag = null;
  const isInUse = (element) => {
    if (drag && element.contains(drag.svg)) return true;
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

  // The timeline: dragging over it chooses the part that is shown.
  const scaleOf = (svg) => svg.dataset.scale.split(" ").map((corner) => {
    const [x, at] = corner.split(":");
    return { x: Number(x), at: at ? Number(at) : Date.now() };
  });
  const placeOf = (svg, event) => {
    const box = svg.getBoundingClientRect();
    return (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
  };
  const momentAt = (scale, x) => {
    const next = Math.max(1, scale.findIndex((corner) => corner.x >= x));
    const one = scale[next - 1], other = scale[next];
    const part = other.x > one.x ? (x - one.x) / (other.x - one.x) : 0;
    return one.at + part * Math.max(0, other.at - one.at);
  };
  const endDrag = () => { if (drag) drag.shade.remove(); drag = null; };
  document.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest("svg[data-scale]");
    // A finger scrolls.
    if (!svg || event.button !== 0 || event.pointerType === "touch") return;
    const scale = scaleOf(svg), from = placeOf(svg, event);
    if (scale.length < 2 || from < scale[0].x - 10) return;
    const shade = document.createElementNS(svg.namespaceURI, "rect");
    shade.setAttribute("class", "chosen");
    shade.setAttribute("height", svg.viewBox.baseVal.height);
    svg.append(shade);
    endDrag();
    drag = { svg, scale, shade, from, to: from };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const first = drag.scale[0].x, last = drag.scale[drag.scale.length - 1].x;
    const within = (x) => Math.min(Math.max(x, first), last);
    drag.to = placeOf(drag.svg, event);
    drag.left = within(Math.min(drag.from, drag.to));
    drag.right = within(Math.max(drag.from, drag.to));
    drag.shade.setAttribute("x", drag.left);
    drag.shade.setAttribute("width", drag.right - drag.left);
  });
  document.addEventListener("pointerup", () => {
    if (!drag) return;
    const { scale, left, right } = drag;
    endDrag();
    // Less is a click.
    if (!(right - left > 4)) return;
    const from = Math.floor(momentAt(scale, left)), to = Math.ceil(momentAt(scale, right));
    const part = new URL(location.href);
    part.hash = "";
    part.searchParams.set("from", new Date(from).toISOString());
    part.searchParams.set("to", new Date(Math.max(to, from + 1)).toISOString());
    location.assign(part);
  });
  addEventListener("pointercancel", endDrag);
  document.addEventListener("selectstart", (event) => { if (drag) event.preventDefault(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") endDrag(); });

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
