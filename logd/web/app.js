// The dashboard: looks every two seconds and draws what it sees.

import * as api from "./api.js";
import { CandleChart } from "./chart.js";
import * as format from "./format.js";
import * as panels from "./panels.js";

const LOOK_MS = 2000;
const TIMEFRAMES = ["M5", "M15", "M30", "H1", "H4", "D1"];

const chart = new CandleChart(document.getElementById("chart"));
const state = { symbol: null, timeframe: "M5", symbols: [], components: {} };

// ---- choosing ----

function keyOf(symbol) {
	return symbol === null ? null : `${symbol.source}:${symbol.symbol}`;
}

async function drawChart() {
	if (state.symbol === null)
		return;
	const newest = await chart.follow(state.symbol, state.timeframe);
	document.getElementById("chart-title").textContent =
		`${state.symbol.symbol} · ${state.timeframe}`;
	document.getElementById("chart-last").textContent = newest ? format.price(newest.close) : "";
	document.getElementById("chart").setAttribute("aria-label",
		`Candle chart of ${state.symbol.symbol}, ${state.timeframe}`);
}

function choose(symbol) {
	state.symbol = symbol;
	panels.drawSymbols(state.symbols, state.components, keyOf(symbol), choose);
	drawChart().catch(report);
}

function drawTimeframes() {
	const buttons = TIMEFRAMES.map((timeframe) => {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = timeframe;
		button.setAttribute("aria-pressed", String(timeframe === state.timeframe));
		button.addEventListener("click", () => {
			state.timeframe = timeframe;
			for (const other of buttons)
				other.setAttribute("aria-pressed", String(other === button));
			drawChart().catch(report);
		});
		return button;
	});
	document.getElementById("timeframes").replaceChildren(...buttons);
}

// ---- light and dark ----

function setUpTheme() {
	const root = document.documentElement;
	const dark = window.matchMedia("(prefers-color-scheme: dark)");
	const kept = localStorage.getItem("theme");
	if (kept === "light" || kept === "dark")
		root.dataset.theme = kept;
	const recolor = () => {
		chart.recolor();
		drawChart().catch(report);
	};
	recolor();
	dark.addEventListener("change", recolor);
	document.getElementById("theme").addEventListener("click", () => {
		const isDark = (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
		root.dataset.theme = isDark ? "light" : "dark";
		localStorage.setItem("theme", root.dataset.theme);
		recolor();
	});
}

// ---- looking ----

function report(error) {
	panels.drawVerdict(false, state.components, `logd does not answer: ${error.message}`);
	document.body.classList.add("offline");
}

async function look() {
	const pipeline = await api.pipeline();
	const health = pipeline.health_data;
	state.components = health.components;
	// While there is no database there are no symbols: nothing to ask for.
	state.symbols = pipeline.database_status.main_db.access === "NONE" ? [] : await api.symbols();
	if (state.symbol === null || !state.symbols.some((s) => keyOf(s) === keyOf(state.symbol)))
		state.symbol = state.symbols[0] ?? null;
	document.body.classList.remove("offline");
	document.getElementById("clock").textContent = format.clock(health.timestamp);
	panels.drawVerdict(health.ok, health.components);
	panels.drawProcesses(health.components, pipeline.shared_memory, Date.parse(health.timestamp));
	panels.drawSymbols(state.symbols, health.components, keyOf(state.symbol), choose);
	panels.drawDatabases(pipeline.database_status, health.components.disk);
	panels.drawFeeds(health.components);
	await drawChart();
}

async function keepLooking() {
	try {
		if (!document.hidden)
			await look();
	} catch (error) {
		report(error);
	}
	setTimeout(keepLooking, LOOK_MS);
}

drawTimeframes();
setUpTheme();
keepLooking();
