// What the page asks logd.  Every call ends: with JSON, or with an Error that says why.

const TIMEOUT_MS = 5000;

async function ask(path) {
	const response = await fetch(path, {
		headers: { Accept: "application/json" },
		signal: AbortSignal.timeout(TIMEOUT_MS),
	});
	const body = await response.json();
	if (!response.ok)
		throw new Error(body.error?.message ?? `${path}: ${response.status}`);
	return body;
}

export async function pipeline() {
	return (await ask("/pipeline-status")).data;
}

export async function symbols() {
	return (await ask("/api/v1/symbols")).symbols;
}

// The newest `limit` candles, oldest first.
export async function candles(symbol, timeframe, limit) {
	const name = encodeURIComponent(`${symbol.source}:${symbol.symbol}`);
	return (await ask(`/api/v1/candles/${name}/${timeframe}?limit=${limit}`)).candles;
}
