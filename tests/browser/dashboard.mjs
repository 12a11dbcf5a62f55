// Looks at the dashboard in a real browser and prints what it saw as JSON, for test_dashboard.py.
// usage: node dashboard.mjs desktop|phone|outage URL MODULES_FOLDER SCREENSHOT_FOLDER CHROMIUM
//        outage also takes LOGD_PID LOGD SETTINGS: it ends logd and starts another one

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

const [scenario, url, modules, screenshots, chromium, ...more] = process.argv.slice(2);
const playwright = createRequire(path.resolve(modules, "any.js"))("playwright-core");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync"];
const WAIT_MS = 20000;

const saw = { consoleErrors: [], pageErrors: [], requests: [] };

function listen(page) {
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			saw.consoleErrors.push(message.text());
	});
	page.on("pageerror", (error) => saw.pageErrors.push(String(error)));
	page.on("request", (request) => saw.requests.push(request.url()));
}

// How many colours the chart's canvases hold, and how many of their pixels are of candles.
async function chartPixels(page) {
	return page.evaluate(() => {
		const style = getComputedStyle(document.documentElement);
		const probe = document.createElement("canvas").getContext("2d",
			{ willReadFrequently: true });
		const rgb = (name) => {
			probe.fillStyle = style.getPropertyValue(name).trim();
			probe.fillRect(0, 0, 1, 1);
			return probe.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
		};
		const candles = new Set([rgb("--up"), rgb("--down")]);
		const colours = new Set();
		const copy = document.createElement("canvas").getContext("2d",
			{ willReadFrequently: true });
		let candlePixels = 0;
		for (const canvas of document.querySelectorAll("#chart canvas")) {
			if (canvas.width === 0 || canvas.height === 0)
				continue;
			copy.canvas.width = canvas.width;
			copy.canvas.height = canvas.height;
			copy.drawImage(canvas, 0, 0);
			const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
			for (let i = 0; i < data.length; i += 4) {
				if (data[i + 3] !== 255)
					continue;
				const colour = `${data[i]},${data[i + 1]},${data[i + 2]}`;
				colours.add(colour);
				candlePixels += candles.has(colour);
			}
		}
		return { colours: colours.size, candlePixels };
	});
}

async function chartDrawn(page) {
	let pixels = { colours: 0, candlePixels: 0 };
	for (const end = Date.now() + WAIT_MS; Date.now() < end && pixels.candlePixels < 20;)
		pixels = await chartPixels(page);
	return pixels;
}

const texts = (page, selector) => page.locator(selector).allInnerTexts();

async function desktop(browser) {
	const page = await browser.newPage({ viewport: { width: 1440, height: 1000 },
		colorScheme: "light" });
	listen(page);
	await page.goto(url);
	await page.waitForSelector("#symbols tbody tr", { timeout: WAIT_MS });
	saw.verdict = await page.locator("#verdict").innerText();
	saw.processes = await page.locator(".process").evaluateAll((cards) => cards.map((card) => ({
		name: card.dataset.process,
		state: card.querySelector(".pill").textContent,
		figures: [...card.querySelectorAll("dd")].map((figure) => figure.textContent),
	})));
	saw.symbols = await page.locator("#symbols tbody tr").evaluateAll((rows) => rows.map((row) =>
		[...row.cells].map((cell) => cell.innerText)));
	saw.databases = await texts(page, "#databases tbody tr");
	saw.feeds = await texts(page, "#feeds tbody tr");
	saw.chart = await chartDrawn(page);
	saw.last = await page.locator("#chart-last").innerText();
	await page.screenshot({ path: path.join(screenshots, "light.png"), fullPage: true });

	await page.getByRole("button", { name: "M15", exact: true }).click();
	await page.waitForFunction(() => document.getElementById("chart-title").textContent
		.endsWith("M15"), null, { timeout: WAIT_MS });
	saw.chartM15 = await chartDrawn(page);
	const symbols = page.locator("#symbols tbody tr");
	if (await symbols.count() > 1) {
		const second = await symbols.nth(1).getAttribute("data-symbol");
		await symbols.nth(1).click();
		await page.waitForFunction((name) => document.getElementById("chart-title").textContent
			.startsWith(name), second.split(":")[1], { timeout: WAIT_MS });
		saw.chosen = await page.locator("#chart-title").innerText();
	}
	await page.getByRole("button", { name: "Switch between light and dark" }).click();
	saw.theme = await page.evaluate(() => document.documentElement.dataset.theme);
	saw.darkGround = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	saw.chartDark = await chartDrawn(page);
	await page.screenshot({ path: path.join(screenshots, "dark.png"), fullPage: true });

	const height = () => page.evaluate(() => document.documentElement.scrollHeight);
	const before = await page.locator("#clock").innerText();
	saw.heights = [await height()];
	await page.waitForFunction((text) => document.getElementById("clock").textContent !== text,
		before, { timeout: WAIT_MS });
	saw.heights.push(await height());
	saw.follows = true;
}

async function phone(browser) {
	const page = await browser.newPage({ viewport: { width: 390, height: 844 }, isMobile: true,
		hasTouch: true, colorScheme: "dark" });
	listen(page);
	await page.goto(url);
	await page.waitForSelector("#symbols tbody tr", { timeout: WAIT_MS });
	saw.chart = await chartDrawn(page);
	saw.width = await page.evaluate(() => document.documentElement.scrollWidth);
	await page.screenshot({ path: path.join(screenshots, "phone.png"), fullPage: true });
}

async function outage(browser) {
	const [pid, logd, settings] = more;
	const verdict = async (page, pattern) => {
		await page.waitForFunction((text) => new RegExp(text).test(
			document.getElementById("verdict").textContent), pattern, { timeout: WAIT_MS });
		return page.locator("#verdict").innerText();
	};
	const page = await browser.newPage();
	listen(page);
	await page.goto(url);
	saw.before = await verdict(page, "attention$");
	process.kill(Number(pid), "SIGTERM");
	saw.during = await verdict(page, "^logd does not answer");
	saw.offline = await page.evaluate(() => document.body.classList.contains("offline"));
	const again = spawn(logd, ["-c", settings], { stdio: "ignore" });
	try {
		saw.after = await verdict(page, "attention$");
		saw.onlineAgain = await page.evaluate(() => !document.body.classList.contains("offline"));
	} finally {
		again.kill("SIGTERM");
		await new Promise((ended) => again.on("exit", ended));
	}
}

const scenarios = { desktop, phone, outage };
const browser = await playwright.chromium.launch({ executablePath: chromium, headless: true,
	args: FLAGS });
try {
	await scenarios[scenario](browser);
} finally {
	await browser.close();
}
console.log(JSON.stringify(saw));
