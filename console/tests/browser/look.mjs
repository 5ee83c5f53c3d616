// Looks at every page of the console, acts on it, and says what is wrong.
//
// node look.mjs <browser> <console of somebody who may act> <console of a reader> <console of a store at
// rest> [<folder for pictures>]
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [executablePath, acting, reading, resting, pictures] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const complaints = [];
const complain = (text) => { complaints.push(text); console.error("✗ " + text); };
const expect = (fine, text) => { if (!fine) complain(text); };

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

const PAGES = {
  overview: ".",
  runs: "runs",
  filtered: "runs?filter=Customer+%3D+%27ada%27+AND+ExecutionStatus+%3D+%27Running%27",
  refused: "runs?filter=WorkflowTyp+%3D+%27Order%27",
  empty: "runs?filter=WorkflowId+%3D+%27nobody%27",
  run: "run?id=order-1003&payloads=show",
  open: "run?id=order-1040",
  failing: "run?id=order-1049",
  failed: "run?id=order-1046&payloads=show",
  history: "history?id=order-1003&payloads=show",
  timeline: "history?id=order-1003&form=timeline",
  events: "history?id=order-1003&form=events",
  tree: "tree?id=order-1003",
  code: "code?id=stock-take",
  codeFits: "code?id=order-1003",
  schedules: "schedules",
  schedule: "schedule?id=nightly-report",
  queues: "queues",
  queue: "queue?id=default",
  bulk: "bulk?filter=WorkflowType+%3D+%27OrderFulfilment%27",
  bulkAll: "bulk",
  bulkRefused: "bulk?filter=WorkflowTyp+%3D+%27Order%27",
  bulkJobs: "bulk-jobs",
  bulkJob: "bulk-job?id=approve-some&payloads=show",
  bulkPaused: "bulk-job?id=stocktaking",
  failures: "failures",
  types: "types",
  patches: "patches",
  store: "store",
  audit: "audit",
  missing: "run?id=nobody",
  namespace: "in/cafe/runs",
  namespaceRun: "in/cafe/run?id=order-of-cake",
};
// Pages whose status says that something is wrong with what was asked for.
const REFUSED = new Set(["refused", "bulkRefused", "missing"]);
// Pages that take an engine, which is not there where a store is at rest.
const NEED_ENGINE = new Set([
  "schedules", "schedule", "queues", "queue", "bulk", "bulkAll", "bulkRefused", "bulkJobs", "bulkJob",
  "bulkPaused", "types", "audit",
]);

/** A page that complains about its own errors, and about whatever comes from elsewhere. */
async function open(base, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    const isStatus = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !isStatus) complain(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complain(`${page.url()}: ${error}`));
  page.on("dialog", (dialog) => { complain(`${page.url()}: a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) complain(`${page.url()}: asks for ${request.url()}`);
  });
  return page;
}

async function look(name, base, options, suffix) {
  const page = await open(base, options);
  for (const [title, place] of Object.entries(PAGES)) {
    const answer = await page.goto(base + place);
    const isRefused = REFUSED.has(title) || base === resting && NEED_ENGINE.has(title);
    expect(answer.ok() !== isRefused, `${name} ${place}: status ${answer.status()}`);
    expect(await page.locator("main h1, main h2").count() > 0, `${place}: has no heading`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider <= 0, `${name} ${place}: is ${wider} pixels wider than the window`);
    if (pictures) {
      await page.waitForTimeout(100);
      await page.screenshot({ path: `${pictures}/${title}-${suffix}.png`, fullPage: true });
    }
  }
  await page.context().close();
}

/** What axe finds that keeps people out. */
async function accessibility(base, colorScheme) {
  // The policy of the pages lets no script of another kind in; axe is one.
  const page = await open(base, { colorScheme, bypassCSP: true });
  for (const place of Object.values(PAGES)) {
    await page.goto(base + place);
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
    for (const it of found.violations.filter((it) => ["serious", "critical"].includes(it.impact))) {
      complain(`${colorScheme} ${place}: ${it.id}: ${it.help}: ${it.nodes[0].html.slice(0, 160)} ${it.nodes[0].failureSummary}`);
    }
  }
  await page.context().close();
}

async function acts() {
  const page = await open(acting);
  // A signal is sent, and the run it ends is shown without loading the page again.
  await page.goto(acting + "run?id=order-1041&payloads=show");
  await page.waitForSelector("#live:not([hidden])");
  await page.locator("#signal > summary").click();
  await page.locator("#signal input[name=name]").fill("approve");
  await page.locator("#signal textarea").fill('"grace"');
  await page.locator("#signal button").click();
  await page.waitForSelector(".notice");
  await page.waitForSelector(".badge.good:has-text('Completed')");
  // An update is answered.
  await page.goto(acting + "run?id=order-1042");
  await page.locator("#update > summary").click();
  await page.locator("#update textarea").fill('"no nuts"');
  await page.locator("#update button").click();
  await page.waitForSelector("pre:has-text('noted: no nuts')");
  // So is a question; one that the workflow does not know is refused.
  await page.goto(acting + "run?id=order-1042");
  await page.locator("#query > summary").click();
  await page.locator("#query button").click();
  await page.waitForSelector("pre:has-text('no nuts')");
  await page.goto(acting + "run?id=order-1042");
  await page.locator("#query > summary").click();
  await page.locator("#query input[name=name]").fill("nonsense");
  await page.locator("#query button").click();
  await page.waitForSelector("h1:has-text('Unprocessable')");
  // An end has to be confirmed.
  await page.goto(acting + "run?id=order-1043");
  await page.locator("#terminate > summary").click();
  await page.locator("#terminate input[name=reason]").fill("a test");
  await page.locator("#terminate button").click();
  expect(page.url().includes("order-1043") && !page.url().includes("done"), "terminated without a tick");
  await page.locator("#terminate input[type=checkbox]").check();
  await page.locator("#terminate button").click();
  await page.waitForSelector(".badge.bad:has-text('Terminated')");
  await page.locator("#delete > summary").click();
  await page.locator("#delete input[type=checkbox]").check();
  await page.locator("#delete button").click();
  await page.waitForSelector(".notice:has-text('was deleted')");
  // A workflow is started, asked to stop, and a schedule is paused.
  await page.goto(acting + "types");
  await page.locator("#start > summary").click();
  await page.locator("#start input[name=type]").fill("OrderFulfilment");
  await page.locator("#start input[name=id]").fill("by hand/1?&#");
  await page.locator("#start textarea").fill('{"items": [], "card": "4242"}');
  await page.locator("#start button").click();
  await page.waitForSelector("h1:has-text('by hand/1?&#')");
  await page.waitForSelector(".waiting:has-text('timer')");
  await page.locator("#cancel > summary").click();
  await page.locator("#cancel button").click();
  await page.waitForSelector(".badge:has-text('Completed')");
  await page.goto(acting + "schedule?id=stock-check");
  await page.locator("#pause > summary").click();
  await page.locator("#pause button").click();
  await page.waitForSelector(".badge:has-text('Paused')");
  await page.locator("#trigger > summary").click();
  await page.locator("#trigger button").click();
  await page.waitForSelector(".notice");
  // All that match are looked at, and acted on once that is confirmed.
  await page.goto(acting + "runs?filter=WorkflowId+IN+%28%27order-1044%27%2C+%27order-1045%27%29");
  await page.locator("a:has-text('Act on all runs that match')").click();
  await page.waitForSelector("h2:has-text('2 runs match now')");
  await page.locator("#pause > summary").click();
  await page.locator("#pause input[name=reason]").fill("a test");
  await page.locator("#pause button").click();
  expect(!page.url().includes("bulk-job"), "a job was started without a tick");
  await page.locator("#pause input[type=checkbox]").check();
  await page.locator("#pause button").click();
  await page.waitForSelector(".notice:has-text('The job was started')");
  await page.waitForSelector(".lead .badge.good:has-text('Completed')");
  expect(await page.locator("tbody .badge:has-text('Done')").count() === 2, "not both orders were paused");
  // A job that is held back goes on, and is canceled.
  await page.goto(acting + "bulk-job?id=stocktaking");
  await page.locator("#resume > summary").click();
  await page.locator("#resume button").click();
  await page.waitForSelector(".lead .badge:has-text('Running')");
  await page.locator("#cancel > summary").click();
  await page.locator("#cancel input[type=checkbox]").check();
  await page.locator("#cancel button").click();
  await page.waitForSelector(".lead .badge:has-text('Canceled')");
  await page.goto(acting + "audit");
  expect(await page.locator("tbody tr").count() >= 8, "the audit lacks what was done");
  await page.context().close();
}

async function zoom(options, suffix) {
  const page = await open(reading, options);
  await page.goto(reading + "history?id=order-1003&form=timeline");
  const bars = () => page.locator("svg.timeline .bar").count();
  const all = await bars();
  await page.locator("nav.range a:has-text('Zoom in')").click();
  await page.waitForURL("**/history?*from=*");
  expect(await bars() > 0 && await bars() <= all, "a part of the time has more bars than all of it");
  if (pictures) await page.screenshot({ path: `${pictures}/zoom-${suffix}.png`, fullPage: true });
  await page.locator("#range > summary").click();
  await page.locator("#range button").click();
  await page.waitForSelector("nav.range a:has-text('All of it')");
  await page.locator("nav.range a:has-text('All of it')").click();
  await page.waitForURL((url) => !url.href.includes("from="));
  expect(await bars() === all, "all of the time has not all bars");
  await page.context().close();
}

/** What is dragged over is what is shown, in either direction; a click and Escape choose nothing. */
async function drag() {
  const page = await open(reading);
  const whole = reading + "history?id=order-1003&form=timeline";
  const moments = () => ["from", "to"].map((name) => Date.parse(new URL(page.url()).searchParams.get(name)));
  const over = async (from, to) => {
    const box = await page.locator("svg.timeline").boundingBox();
    const at = (part) => [box.x + box.width * part, box.y + box.height / 2];
    await page.mouse.move(...at(from));
    await page.mouse.down();
    await page.mouse.move(...at((from + to) / 2));
    await page.mouse.move(...at(to));
  };
  const chosen = [];
  for (const [from, to] of [[0.4, 0.8], [0.8, 0.4]]) {
    await page.goto(whole);
    await over(from, to);
    expect(await page.locator("svg.timeline .chosen").count() === 1, "what is dragged over is not marked");
    await page.mouse.up();
    await page.waitForURL("**/history?*from=*to=*");
    await page.waitForSelector("nav.range a:has-text('All of it')");
    chosen.push(moments());
  }
  expect(chosen[0][0] < chosen[0][1], "a part ends before it begins");
  expect(String(chosen[0]) === String(chosen[1]), `it matters where a drag begins: ${chosen.join(" and ")}`);
  // A part of the part.
  await over(0.5, 0.99);
  await page.mouse.up();
  await page.waitForURL((url) => Date.parse(url.searchParams.get("from")) > chosen[1][0]);
  expect(moments()[1] <= chosen[1][1] + 1, "a part of a part ends after it");
  await page.goto(whole);
  await over(0.4, 0.8);
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await over(0.5, 0.5);
  await page.mouse.up();
  expect(!page.url().includes("from="), "a drag that was given up has chosen a part");
  expect(await page.locator("svg.timeline .chosen").count() === 0, "a drag has left its mark");
  await page.context().close();
}

async function keys() {
  const page = await open(reading);
  await page.goto(reading);
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await page.waitForURL("**/runs");
  await page.keyboard.press("/");
  await page.keyboard.type("Customer = 'ada'");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/runs?filter=*");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/run?id=*");
  expect(await page.locator("text=You can query the workflow").count() === 1, "a reader is told nothing");
  expect(await page.locator("#terminate").count() === 0, "a reader may terminate");
  await page.context().close();
}

/** From one namespace to another and back, as a switch that says where one is. */
async function namespaces() {
  for (const [base, options] of [[acting, {}], [reading, { javaScriptEnabled: false }]]) {
    const page = await open(base, options);
    await page.goto(base + "runs");
    await page.locator(".namespaces summary").click();
    if (pictures && base === acting) await page.screenshot({ path: `${pictures}/switch.png` });
    await page.locator(".namespaces a:has-text('cafe')").click();
    await page.waitForURL("**/in/cafe/");
    await page.locator("nav a:has-text('Runs')").first().click();
    await page.waitForURL("**/in/cafe/runs");
    expect(await page.locator("tbody a.id").allInnerTexts().then(String) === "order-of-cake", `${base}: other runs than those of the namespace`);
    await page.locator("tbody a.id").click();
    await page.waitForURL("**/in/cafe/run?id=order-of-cake*");
    await page.locator(".namespaces summary").click();
    await page.locator(".namespaces a:has-text('default')").click();
    await page.waitForURL(base);
    await page.context().close();
  }
}

/** Nothing is offered that a store at rest cannot do. */
async function atRest() {
  const page = await open(resting);
  await page.goto(resting);
  await page.waitForSelector("text=at rest");
  for (const link of await page.locator("nav a").evaluateAll((links) => links.map((it) => it.href))) {
    const answer = await page.goto(link);
    expect(answer.ok(), `${link}: is offered, and has the status ${answer.status()}`);
    expect(await page.locator("form[method=post]").count() === 0, `${link}: offers to act`);
  }
  await page.goto(resting + "run?id=order-1003");
  expect(await page.locator("form[method=post]").count() === 0, "a run at rest offers to act");
  await page.context().close();
}

async function live() {
  const page = await open(acting);
  await page.goto(acting + "runs?filter=WorkflowId+%3D+%27later%27");
  await page.waitForSelector("#live:not([hidden])");
  const other = await open(acting);
  await other.goto(acting + "types");
  await other.locator("#start > summary").click();
  await other.locator("#start input[name=type]").fill("NightlyReport");
  await other.locator("#start input[name=id]").fill("later");
  await other.locator("#start button").click();
  await page.waitForSelector("a.id:has-text('later')");
  await page.waitForSelector(".badge:has-text('Completed')");
  await other.context().close();
  await page.context().close();
}

try {
  await look("light", acting, { colorScheme: "light" }, "light");
  await look("dark", acting, { colorScheme: "dark" }, "dark");
  await look("phone", acting, { colorScheme: "light", viewport: { width: 390, height: 844 } }, "phone");
  await look("plain", reading, { javaScriptEnabled: false }, "plain");
  await look("at rest", resting, { colorScheme: "light" }, "resting");
  await look("at rest, phone", resting, { colorScheme: "dark", viewport: { width: 390, height: 844 } }, "resting-phone");
  await accessibility(acting, "light");
  await accessibility(acting, "dark");
  await accessibility(resting, "light");
  await zoom({ colorScheme: "light" }, "light");
  await zoom({ colorScheme: "dark", javaScriptEnabled: false }, "dark");
  await drag();
  await namespaces();
  await atRest();
  await keys();
  await live();
  await acts();
} catch (error) {
  complain(String(error.stack ?? error));
}
await browser.close();
if (complaints.length) console.error(`${complaints.length} complaints`);
process.exit(complaints.length ? 1 : 0);
