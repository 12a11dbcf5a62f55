// The candle chart: loads a symbol and a timeframe, then follows their newest candles.

import { CandlestickSeries, HistogramSeries, createChart } from "/assets/lightweight-charts.js";
import * as api from "./api.js";
import { places } from "./format.js";

const CANDLES = 500; // loaded at once
const NEWEST = 3; // asked again at each look: the open one, and those that may have just closed

function color(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const seconds = (candle) => Date.parse(candle.time) / 1000;

function bar(candle) {
	return {
		time: seconds(candle),
		open: Number(candle.open),
		high: Number(candle.high),
		low: Number(candle.low),
		close: Number(candle.close),
	};
}

export class CandleChart {
	constructor(element) {
		this.chart = createChart(element, {
			autoSize: true,
			layout: { attributionLogo: false, fontFamily: "inherit" },
			timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4 },
			rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.22 } },
		});
		this.prices = this.chart.addSeries(CandlestickSeries, {});
		this.volumes = this.chart.addSeries(HistogramSeries, {
			priceScaleId: "", priceFormat: { type: "volume" }, lastValueVisible: false,
			priceLineVisible: false,
		});
		this.volumes.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
		this.shown = null; // {symbol, timeframe} whose candles are drawn
		this.last = null; // the time of the newest one, in seconds
		this.recolor();
	}

	recolor() {
		const [up, down] = [color("--up"), color("--down")];
		this.chart.applyOptions({
			layout: { background: { color: color("--card") }, textColor: color("--muted") },
			grid: {
				vertLines: { color: color("--line") },
				horzLines: { color: color("--line") },
			},
			timeScale: { borderColor: color("--line") },
			rightPriceScale: { borderColor: color("--line") },
		});
		this.prices.applyOptions({
			upColor: up, downColor: down, wickUpColor: up, wickDownColor: down,
			borderVisible: false,
		});
		this.shown = null; // volumes carry their colours: drawn anew at the next look
	}

	volume(candle) {
		const side = Number(candle.close) >= Number(candle.open) ? "--up" : "--down";
		return { time: seconds(candle), value: candle.volume, color: color(side) + "66" };
	}

	isShown(symbol, timeframe) {
		return this.shown !== null && this.shown.symbol.symbol === symbol.symbol &&
			this.shown.symbol.source === symbol.source && this.shown.timeframe === timeframe;
	}

	async load(symbol, timeframe) {
		const candles = await api.candles(symbol, timeframe, CANDLES);
		const precision = Math.max(2, ...candles.slice(-50).map((c) => places(c.close)));
		this.prices.applyOptions({
			priceFormat: { type: "price", precision, minMove: 10 ** -precision },
		});
		this.prices.setData(candles.map(bar));
		this.volumes.setData(candles.map((candle) => this.volume(candle)));
		this.chart.timeScale().setVisibleLogicalRange({
			from: Math.max(0, candles.length - 120), to: candles.length + 4,
		});
		this.shown = { symbol, timeframe };
		this.last = candles.length > 0 ? seconds(candles.at(-1)) : null;
		return candles.at(-1) ?? null;
	}

	// Draws what is new.  Returns the newest candle, null where there is none.
	async follow(symbol, timeframe) {
		if (!this.isShown(symbol, timeframe) || this.last === null)
			return this.load(symbol, timeframe);
		const candles = await api.candles(symbol, timeframe, NEWEST);
		if (candles.length === 0 || seconds(candles[0]) > this.last)
			return this.load(symbol, timeframe); // away for too long: a hole would be left
		for (const candle of candles.filter((candle) => seconds(candle) >= this.last)) {
			this.prices.update(bar(candle));
			this.volumes.update(this.volume(candle));
			this.last = seconds(candle);
		}
		return candles.at(-1);
	}
}
