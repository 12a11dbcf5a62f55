// Draws what /pipeline-status and /api/v1/symbols say into the page.  Text only ever becomes
// text: nothing that comes from outside is read as HTML.

import * as format from "./format.js";

const PROCESSES = ["trading-supervisor", "tickd", "analysisd", "logd"];
const TREND_SAMPLES = 60; // two minutes of looks
const SVG = "http://www.w3.org/2000/svg";

function element(tag, { className, text, ...attributes } = {}, ...children) {
	const made = document.createElement(tag);
	if (className)
		made.className = className;
	if (text !== undefined)
		made.textContent = text;
	for (const [name, value] of Object.entries(attributes))
		made.setAttribute(name, value);
	made.append(...children);
	return made;
}

function pill(component) {
	const passing = ["starting", "connecting", "waiting", "paused", "degraded", "no tick yet"];
	const tone = component.ok ? "good" : passing.includes(component.status) ? "warn" : "bad";
	return element("span", { className: `pill ${tone}`, text: component.status });
}

const row = (...cells) => element("tr", {}, ...cells);
const cell = (text, className = "") => element("td", { text, className });

function fill(id, rows) {
	document.querySelector(`#${id} tbody`).replaceChildren(...rows);
}

// ---- processes ----

function ownFigures(published, now) {
	return [
		["up", format.duration(published.started ? now - published.started * 1000 : NaN)],
		["restarts", format.count(published.restarts)],
		["memory", format.bytes(published.rss_bytes ?? NaN)],
		["CPU", format.percent(published.cpu_percent ?? NaN)],
	];
}

// The supervisor publishes the others, and of itself what it is there for.
function supervisorFigures(sharedMemory) {
	const children = Object.values(sharedMemory.processes ?? {});
	return [
		["children", `${children.filter((child) => child.state === "running").length} of ${
			children.length}`],
		["restarts", format.count(children.reduce((sum, child) => sum + child.restarts, 0))],
		["version", sharedMemory.version ?? "–"],
	];
}

function processCard(name, component, sharedMemory, now) {
	const published = sharedMemory.processes?.[name] ?? {};
	const figures = name === "trading-supervisor" ? supervisorFigures(sharedMemory) :
		ownFigures(published, now);
	const list = element("dl");
	for (const [term, value] of figures)
		list.append(element("dt", { text: term }), element("dd", { text: value }));
	const says = published.status || component.says || published.last_exit ||
		(name === "trading-supervisor" && sharedMemory.system_status ?
			`the system is ${sharedMemory.system_status}` : "");
	return element("article", { className: "process", "data-process": name },
		element("div", { className: "process-head" },
			element("h3", { text: name }), pill(component)),
		list, element("p", { className: "says", text: says || "\u00a0", title: says }));
}

export function drawProcesses(components, sharedMemory, now) {
	document.getElementById("processes").replaceChildren(...PROCESSES
		.filter((name) => components[name])
		.map((name) => processCard(name, components[name], sharedMemory ?? {}, now)));
}

// ---- symbols ----

const trends = new Map(); // "source:symbol" -> the last rates
const prices = new Map(); // "source:symbol" -> the price last drawn, and the way it went

function trend(key, value) {
	const samples = trends.get(key) ?? [];
	samples.push(Number.isFinite(value) ? value : 0);
	if (samples.length > TREND_SAMPLES)
		samples.shift();
	trends.set(key, samples);
	const most = Math.max(...samples, 1e-9);
	const points = samples.map((sample, i) =>
		`${i === 0 ? "M" : "L"}${(TREND_SAMPLES - samples.length + i) * 2} ${21 - 20 * sample / most}`);
	const svg = document.createElementNS(SVG, "svg");
	svg.setAttribute("viewBox", `0 0 ${TREND_SAMPLES * 2} 22`);
	svg.setAttribute("preserveAspectRatio", "none");
	svg.setAttribute("aria-hidden", "true");
	const path = document.createElementNS(SVG, "path");
	path.setAttribute("d", points.join(""));
	svg.append(path);
	return element("td", { className: "trend wide" }, svg);
}

function direction(key, price) {
	const before = prices.get(key);
	let way = before?.way ?? "";
	if (before && price !== null && before.price !== null && Number(price) !== Number(before.price))
		way = Number(price) > Number(before.price) ? "up" : "down";
	prices.set(key, { price, way });
	return way;
}

function symbolRow(symbol, component, chosen, choose) {
	const key = `${symbol.source}:${symbol.symbol}`;
	const live = component !== undefined;
	const name = element("td", {},
		element("button", { className: "name", text: symbol.symbol, type: "button",
			"aria-pressed": String(key === chosen) }),
		element("span", { className: "source", text: symbol.source }));
	const age = live ? component.age_ms : Date.now() - Date.parse(symbol.newest ?? "");
	const rowElement = row(name,
		cell(format.price(symbol.price ?? symbol.bid),
			`number ${direction(key, symbol.price ?? symbol.bid)}`),
		cell(format.spread(symbol.bid, symbol.ask), "number wide"),
		cell(format.rate(component?.ticks_per_second ?? NaN), "number"),
		trend(key, component?.ticks_per_second),
		cell(format.duration(age ?? NaN), `number${live && !component.ok ? " stale" : ""}`));
	rowElement.dataset.symbol = key;
	rowElement.classList.toggle("chosen", key === chosen);
	rowElement.addEventListener("click", () => choose(symbol));
	return rowElement;
}

export function drawSymbols(symbols, components, chosen, choose) {
	const focused = document.activeElement?.closest?.("#symbols tr")?.dataset.symbol;
	fill("symbols", symbols.map((symbol) => symbolRow(symbol,
		components[`symbol:${symbol.source}:${symbol.symbol}`], chosen, choose)));
	document.getElementById("symbols-empty").hidden = symbols.length > 0;
	document.getElementById("symbols").hidden = symbols.length === 0;
	const total = symbols.reduce((sum, symbol) => sum +
		(components[`symbol:${symbol.source}:${symbol.symbol}`]?.ticks_per_second ?? 0), 0);
	document.getElementById("market-rate").textContent =
		symbols.length > 0 ? `${format.rate(total)} ticks/s in all` : "";
	if (focused) // rows are new: the keyboard stays where it was
		document.querySelector(`#symbols tr[data-symbol="${CSS.escape(focused)}"] button`)?.focus();
}

// ---- databases, feeds, disk ----

export function drawDatabases(databases, disk) {
	fill("databases", Object.values(databases).map((database) => row(
		cell(database.file), element("td", {}, pill(database)),
		cell(format.count(database.rows ?? NaN), "number"),
		cell(format.bytes(database.size_bytes), "number"),
		cell(format.bytes(database.wal_bytes), "number wide"),
		cell(database.owner ?? "–", "wide"))));
	document.getElementById("disk").textContent = disk?.free_bytes === undefined ? "" :
		`${format.bytes(disk.free_bytes)} free (${format.percent(disk.free_percent)})`;
}

export function drawFeeds(components) {
	const feeds = Object.entries(components).filter(([name]) => name.startsWith("feed:"));
	fill("feeds", feeds.map(([name, feed]) => row(
		element("td", {}, element("strong", { text: name.slice(5) }),
			element("span", { className: "source", text: feed.account ?
				`${feed.source}: ${feed.account} at ${feed.server}` : feed.source })),
		element("td", {}, pill(feed)),
		cell(format.rate(feed.ticks_per_second ?? NaN), "number"),
		cell(format.duration(feed.lag_ms ?? NaN), "number"),
		cell(format.count(feed.gaps ?? NaN) + (feed.backfill?.missing > 0 ?
			` (${format.count(feed.backfill.missing)} ids)` : ""), "number"),
		cell(format.count(feed.reconnects ?? NaN), "number wide"))));
}

// ---- the verdict ----

export function drawVerdict(ok, components, notice) {
	const verdict = document.getElementById("verdict");
	const wrong = Object.entries(components).filter(([, component]) => !component.ok);
	const lines = wrong.flatMap(([name, component]) => component.problems ?? [component.problem ??
		`${name.replace(/^(symbol|feed):/, "")}: ${component.says ?? component.status}`]);
	if (notice)
		lines.unshift(notice);
	const text = ok && !notice ? "all is well" : notice ?? `${wrong.length} of ${
		Object.keys(components).length} need attention`;
	if (verdict.textContent !== text) // a live region speaks: only when there is news
		verdict.textContent = text;
	verdict.className = `pill ${ok && !notice ? "good" : "bad"}`;
	document.getElementById("trouble").hidden = lines.length === 0;
	document.getElementById("trouble-list").replaceChildren(
		...lines.map((line) => element("li", { text: line })));
}
