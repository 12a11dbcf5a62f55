// Figures for people.

const NOTHING = "–";

export function bytes(value) {
	if (!Number.isFinite(value))
		return NOTHING;
	const units = ["B", "KB", "MB", "GB", "TB"];
	let unit = 0;
	while (value >= 1000 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function count(value) {
	return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : NOTHING;
}

export function rate(value) {
	if (!Number.isFinite(value))
		return NOTHING;
	return value >= 100 ? count(value) : value.toFixed(1);
}

export function percent(value) {
	return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} %` : NOTHING;
}

// A length of time in its largest unit, or two.
export function duration(ms) {
	if (!Number.isFinite(ms))
		return NOTHING;
	if (ms < 1000)
		return `${Math.max(0, Math.round(ms))} ms`;
	const seconds = ms / 1000;
	if (seconds < 60)
		return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60)
		return `${minutes} min`;
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

export function clock(iso) {
	return typeof iso === "string" ? iso.slice(11, 19) : NOTHING;
}

// Decimal places of an exact price as the API writes it.
export function places(price) {
	const point = price.indexOf(".");
	return point < 0 ? 0 : price.length - point - 1;
}

// "61,234.50": grouped, nothing rounded.
export function price(text) {
	if (text === null || text === undefined)
		return NOTHING;
	const [whole, fraction] = text.split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
	return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

// ask - bid, to the places that the two have.
export function spread(bid, ask) {
	if (bid === null || ask === null)
		return NOTHING;
	return (Number(ask) - Number(bid)).toFixed(Math.max(places(bid), places(ask)));
}
