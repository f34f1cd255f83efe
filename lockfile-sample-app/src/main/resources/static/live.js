// The live page: asks its instance for the locks twice a second and for the times every two seconds, and says so when
// there is no answer. What is on the page is changed in place, so that focus and reading position stay.

const POLL_LOCKS = 500;
const POLL_ACTIVITY = 2000;
const LIMIT = 2000;
// Without an answer for so long, the page is not live any more
const SILENCE = 2000;

const SERIES = 5;
const DASHES = [[], [8, 4], [2, 4], [10, 3, 2, 3], []];

const byId = (id) => document.getElementById(id);

let seen = false;
let lastAnswer = Date.now();
let askingSince = Date.now();
let silentSince = null;
let instance = null;

// --- text ---

function duration(millis) {
	if (millis < 10) {
		return `${millis.toFixed(millis < 1 ? 2 : 1)} ms`;
	}
	if (millis < 1000) {
		return `${Math.round(millis)} ms`;
	}
	if (millis < 60_000) {
		return `${(millis / 1000).toFixed(1)} s`;
	}
	const seconds = Math.round(millis / 1000);
	return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function time(instant) {
	return new Date(instant).toLocaleTimeString('en-GB');
}

// --- elements ---

function element(name, attributes = {}, ...children) {
	const created = document.createElement(name);
	Object.entries(attributes).forEach(([key, value]) => created.setAttribute(key, value));
	created.append(...children);
	return created;
}

function setText(node, text) {
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

function setAttribute(node, name, value) {
	if (node.getAttribute(name) !== String(value)) {
		node.setAttribute(name, value);
	}
}

/** Keeps one child for each item: those that stay are updated, and only the others come and go. */
function keep(parent, items, key, create, update) {
	const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
	const keys = new Set(items.map((item) => key(item)));
	// First of all: a child that is moved loses the focus
	present.forEach((child, id) => keys.has(id) || child.remove());
	items.forEach((item, index) => {
		const id = key(item);
		let child = present.get(id);
		present.delete(id);
		if (!child) {
			child = create(item);
			child.dataset.key = id;
		}
		if (parent.children[index] !== child) {
			parent.insertBefore(child, parent.children[index] ?? null);
		}
		update(child, item);
	});
}

/** A list of lines, each with something quiet below it. */
function keepLines(list, lines) {
	keep(list, lines.map((line, index) => ({ ...line, index })), (line) => String(line.index),
		() => element('li', {}, element('span', { class: 'line' }), element('span', { class: 'detail' })),
		(item, line) => {
			setText(item.children[0], line.text);
			setText(item.children[1], line.detail);
		});
}

function keepRows(table, rows, columns) {
	keep(byId(table).tBodies[0], rows, (row) => row.key, () => {
		const header = element('th', { scope: 'row' });
		return element('tr', {}, header, ...columns.map((kind) => element('td', { class: kind })));
	}, (tr, row) => {
		row.cells.forEach((cell, index) => {
			if (index === 0 && row.series) {
				if (!tr.cells[0].firstElementChild) {
					tr.cells[0].append(element('span', { class: 'swatch' }), element('span'));
				}
				setAttribute(tr.cells[0].firstElementChild, 'data-series', row.series);
				setText(tr.cells[0].lastElementChild, cell);
			}
			else {
				setText(tr.cells[index], cell);
			}
		});
	});
}

// --- asking ---

async function ask(path) {
	const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(LIMIT) });
	if (!response.ok) {
		throw new Error(`${path} answered ${response.status}`);
	}
	return response.json();
}

async function askAgainAndAgain(path, pause, show) {
	for (;;) {
		if (!document.hidden) {
			try {
				show(await ask(path()));
			}
			catch {
				// The page says how long there was no answer
			}
		}
		await new Promise((resolve) => setTimeout(resolve, pause));
	}
}

function answered() {
	seen = true;
	lastAnswer = Date.now();
	showConnection();
}

function showConnection() {
	if (document.hidden) {
		// Nobody asks
		return;
	}
	const silent = Date.now() - Math.max(lastAnswer, askingSince) > SILENCE;
	if (silent && silentSince === null) {
		silentSince = lastAnswer;
		const who = instance ?? 'the application';
		setText(byId('banner-text'), seen ? `No answer from ${who} since ${time(lastAnswer)}. What is shown is from then.`
			: 'The application does not answer.');
		byId('banner').hidden = false;
		document.querySelectorAll('main .badge').forEach((badge) => {
			setText(badge, `was: ${badge.textContent}`);
			setAttribute(badge, 'data-kind', 'old');
		});
	}
	else if (!silent && silentSince !== null) {
		silentSince = null;
		setText(byId('banner-text'), '');
		byId('banner').hidden = true;
		announce(`${instance} answers again`);
	}
	if (silent) {
		setText(byId('banner-age'), seen ? `That is ${duration(Math.round((Date.now() - lastAnswer) / 1000) * 1000)} ago. `
			+ 'The page goes on asking.' : 'The page goes on asking.');
	}
	document.querySelectorAll('main section').forEach((section) => section.classList.toggle('stale', silent));
	document.querySelectorAll('button').forEach((button) => setAttribute(button, 'aria-disabled', silent));
	const badge = byId('connection');
	setText(badge, silent ? 'no answer' : (seen ? 'live' : 'connecting'));
	setAttribute(badge, 'data-kind', silent ? 'bad' : 'good');
}

// --- announcements, for those who don't see the page ---

let announcements = [];

function announce(text) {
	announcements.push(text);
}

setInterval(() => {
	// One sentence at a time would be cut off by the next one
	if (announcements.length > 0) {
		setText(byId('announcement'), `${announcements.slice(-4).join('. ')}.`);
		announcements = [];
	}
}, 2000);

const announced = new Map();

/** Tells of states that last, and not of every file that is imported. */
function announceChange(name, state) {
	const before = announced.get(name) ?? { told: state };
	if (before.next !== state) {
		announced.set(name, { told: before.told, next: state, since: Date.now() });
	}
	else if (before.told !== state && Date.now() - before.since >= 1000) {
		announced.set(name, { told: state, next: state, since: before.since });
		announce(state);
	}
}

// --- instances ---

function showInstances(instances) {
	keep(byId('instances'), instances, (item) => item.name,
		() => element('li', {}, element('div', {}, element('strong'), element('span', { class: 'badge' })),
			element('p'), element('p')),
		(item, shown) => {
			const [head, process, state] = item.children;
			setText(head.children[0], shown.name);
			setText(head.children[1], shown.answering ? 'answers' : (shown.running ? 'no answer' : 'gone'));
			setAttribute(head.children[1], 'data-kind', shown.answering ? 'good' : 'bad');
			setAttribute(item, 'data-silent', !shown.answering);
			setText(process, `pid ${shown.pid}${shown.port ? `, port ${shown.port}` : ''}`);
			if (shown.here) {
				setText(state, 'serves this page');
			}
			else if (shown.answering) {
				if (!state.firstElementChild) {
					state.replaceChildren(element('a', {}));
				}
				setAttribute(state.firstElementChild, 'href', `http://${location.hostname}:${shown.port}/`);
				setText(state.firstElementChild, `Open the page of ${shown.name}`);
			}
			else {
				setText(state, `No answer since ${time(shown.lastAnswer)}. ${shown.running ? 'Its process still runs.'
					: 'Its process is not there any more.'}`);
			}
			announceChange(`instance ${shown.name}`, shown.answering ? `${shown.name} answers`
				: `${shown.name} does not answer since ${time(shown.lastAnswer)}`);
		});
}

// --- locks ---

const RECOVERY = {
	RELEASED: 'The kernel has released the lock. Nobody has to clean up.',
	PROOF_OF_DEATH: 'Its lock file is left. The next one who wants the lock breaks it, since the death can be proved. Nobody has '
		+ 'to clean up.',
	EXPIRY: 'The lock expires when it is not renewed. Nobody has to clean up.',
	OPERATOR: 'An operator has to break the lock.'
};

function stateOf(lock) {
	if (lock.holders.some((holder) => holder.liveness === 'DEAD')) {
		return ['holder died', 'bad'];
	}
	if (lock.holders.some((holder) => holder.lost)) {
		return ['lost', 'bad'];
	}
	if (lock.holders.length > 0) {
		return [lock.holders.length > 1 ? `${lock.holders.length} held` : 'held', 'busy'];
	}
	return [lock.crashed.length > 0 ? 'free again' : 'free', 'good'];
}

function nameOf(holder) {
	return holder.instance ?? (holder.pid ? `another program, pid ${holder.pid}` : 'another program');
}

function holderLine(lock, holder) {
	const details = [];
	if (holder.path !== lock.path) {
		details.push(holder.path);
	}
	if (holder.liveness === 'DEAD') {
		details.push(`pid ${holder.pid} is dead. ${RECOVERY[lock.afterCrash]}`);
		return { text: nameOf(holder), detail: details.join(', ') };
	}
	if (holder.thread) {
		details.push(holder.thread);
	}
	if (holder.instance && silent.has(holder.instance)) {
		details.push('which does not answer');
	}
	if (!holder.instance && holder.liveness === 'UNKNOWN') {
		details.push(`not known whether it lives${holder.host ? `, on host ${holder.host}` : ''}`);
	}
	if (holder.afterCrash) {
		details.push('its predecessor died with the lock');
	}
	if (holder.lost) {
		details.push('has lost the lock: somebody broke it or deleted its file, and others can take it');
	}
	const held = holder.heldMillis === null ? '' : ` for ${duration(holder.heldMillis)}`;
	return { text: nameOf(holder) + held, detail: details.join(', ') };
}

function crashedLine(lock, crashed) {
	const what = crashed.path === lock.path ? 'it' : crashed.path;
	return {
		text: `${crashed.instance} died`,
		detail: `pid ${crashed.pid} was last seen to hold ${what} at ${time(crashed.seenAt)}. ${RECOVERY[lock.afterCrash]}`
	};
}

const MOST_LINES = 4;

function limited(lines) {
	return lines.length <= MOST_LINES ? lines
		: [...lines.slice(0, MOST_LINES), { text: `and ${lines.length - MOST_LINES} more`, detail: '' }];
}

let silent = new Set();

function showLocks(view) {
	instance = view.instance;
	answered();
	silent = new Set(view.instances.filter((item) => !item.answering).map((item) => item.name));
	setText(byId('instance'), view.instance);
	setText(byId('acting'), view.instance);
	showInstances(view.instances);
	keep(byId('locks').tBodies[0], view.locks, (lock) => lock.name, () => element('tr', { role: 'row' },
		element('th', { role: 'rowheader', scope: 'row' }, element('span'), element('span', { class: 'detail' })),
		element('td', { role: 'cell', 'data-label': 'State' }, element('span', { class: 'badge' })),
		element('td', { role: 'cell', 'data-label': 'Holder' }, element('ul', { role: 'list' })),
		element('td', { role: 'cell', 'data-label': 'Waiting' }, element('ul', { role: 'list' }))),
	(row, lock) => {
		const [header, state, holders, waiters] = row.cells;
		const [text, kind] = stateOf(lock);
		setText(header.children[0], lock.name);
		setText(header.children[1], `${lock.path === lock.name ? '' : `${lock.path}, `}strategy ${lock.strategy}`);
		setText(state.firstElementChild, text);
		setAttribute(state.firstElementChild, 'data-kind', kind);
		keepLines(holders.firstElementChild, limited([
			...lock.holders.map((holder) => holderLine(lock, holder)),
			...lock.crashed.map((crashed) => crashedLine(lock, crashed))]));
		keepLines(waiters.firstElementChild, limited(lock.waiters.map((waiter) => (
			{ text: `${waiter.instance} for ${duration(waiter.waitedMillis)}`, detail: waiter.thread }))));
		const who = lock.holders.map(nameOf).join(' and ');
		announceChange(lock.name, who ? `${lock.name}: ${text}, by ${who}` : `${lock.name}: ${text}`);
	});
}

// --- times ---

const times = new Map();
const seriesOf = new Map();
let latestInterval = null;

function seriesNumber(lock) {
	if (!seriesOf.has(lock)) {
		seriesOf.set(lock, (seriesOf.size % SERIES) + 1);
	}
	return seriesOf.get(lock);
}

function showActivity(activity) {
	const now = Date.parse(activity.time);
	const interval = activity.intervalSeconds * 1000;
	const oldest = (Math.floor(now / interval) + 1) * interval - activity.keptSeconds * 1000;
	activity.instances.forEach(({ instance: name, times: some }) => some.forEach((entry) =>
		times.set(`${name} ${entry.lock} ${entry.start}`, { ...entry, at: Date.parse(entry.start) })));
	times.forEach((entry, key) => {
		if (entry.at < oldest) {
			times.delete(key);
		}
	});
	// The intervals that were not over yet are asked for again, also those of an instance whose clock is behind
	latestInterval = new Date(now - 2 * interval).toISOString();

	const entries = [...times.values()];
	const locks = [...new Set(entries.map((entry) => entry.lock))].sort();
	locks.forEach(seriesNumber);
	const slots = Array.from({ length: activity.keptSeconds / activity.intervalSeconds }, (_, slot) => oldest + slot * interval);
	const drawn = slots.filter((slot) => entries.some((entry) => entry.at <= slot));
	const longest = (lock, count, value) => drawn.map((slot) => {
		const here = entries.filter((entry) => entry.at === slot && entry.lock === lock && count(entry) > 0);
		return here.length > 0 ? Math.max(...here.map(value)) : null;
	});
	const waits = (entry) => entry.acquired + entry.notAcquired;
	const holds = (entry) => entry.released;
	draw('waits-chart', drawn, locks, (lock) => longest(lock, waits, (entry) => entry.longestWaitMillis));
	draw('holds-chart', drawn, locks, (lock) => longest(lock, holds, (entry) => entry.longestHoldMillis));

	const sum = (lock, value) => entries.filter((entry) => entry.lock === lock).reduce((total, entry) => total + value(entry), 0);
	const most = (lock, value) => entries.filter((entry) => entry.lock === lock).reduce((max, entry) => Math.max(max, value(entry)), 0);
	const mean = (total, count) => (count > 0 ? duration(total / count) : '–');
	keepRows('waits', locks.map((lock) => ({
		key: lock,
		series: seriesNumber(lock),
		cells: [lock, String(sum(lock, waits)), String(sum(lock, (entry) => entry.notAcquired)),
			mean(sum(lock, (entry) => entry.waitMillis), sum(lock, waits)), duration(most(lock, (entry) => entry.longestWaitMillis))]
	})), ['number', 'number', 'number', 'number']);
	keepRows('holds', locks.filter((lock) => sum(lock, holds) > 0).map((lock) => ({
		key: lock,
		series: seriesNumber(lock),
		cells: [lock, String(sum(lock, holds)), mean(sum(lock, (entry) => entry.holdMillis), sum(lock, holds)),
			duration(most(lock, (entry) => entry.longestHoldMillis))]
	})), ['number', 'number', 'number']);
	showImports(activity, now);
}

function showImports(activity, now) {
	const old = activity.importsReadAt === null || now - Date.parse(activity.importsReadAt) > 5000;
	byId('work').querySelectorAll('table').forEach((table) => table.classList.toggle('stale', old));
	setText(byId('work-note'), !old ? 'Files are imported once, by whichever instance obtains the lock.'
		: (activity.importsReadAt === null ? 'The database has not answered yet.'
			: `The database has not answered since ${time(activity.importsReadAt)}. What is shown is from then. If the instance that `
				+ 'served it is gone, another one takes over within seconds.'));
	keepRows('imports', activity.imports.map((item) => ({
		key: item.instance,
		cells: [item.instance, String(item.files), String(item.rows), time(item.last)]
	})), ['number', 'number', 'number']);
	keepRows('latest', activity.latestImports.map((item) => ({
		key: `${item.file} ${item.importedAt}`,
		cells: [item.file, item.instance, String(item.rows), time(item.importedAt)]
	})), ['', 'number', 'number']);
}

// --- charts ---

// An application that has just started is not drawn as ten minutes of nothing
const LEAST_SECONDS = 60;

const charts = new Map();

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function tick(millis) {
	return millis < 1000 ? `${millis} ms` : `${millis / 1000} s`;
}

function decades(min, max) {
	const exponents = Math.round(Math.log10(max / min));
	return Array.from({ length: exponents + 1 }, (_, exponent) => Number((min * 10 ** exponent).toPrecision(1)));
}

function createChart(id, locks) {
	const node = byId(id);
	const axis = { stroke: colour('--quiet'), font: '12px system-ui, sans-serif', grid: { stroke: colour('--line'), width: 1 },
		ticks: { show: false } };
	return new uPlot({
		width: node.clientWidth,
		height: node.clientHeight,
		legend: { show: false },
		cursor: { show: false },
		padding: [8, 24, 0, 0],
		scales: {
			x: { time: true, range: (_, min, max) => [Math.min(min, max - LEAST_SECONDS), max] },
			y: { distr: 3, range: (_, min, max) => [0.1, Math.max(1000, 10 ** Math.ceil(Math.log10(max ?? 1)))] }
		},
		axes: [
			{ ...axis, size: 28, space: 80, values: (...of) => of[1].map((second) => time(second * 1000).slice(0, of[4] < 60 ? 8 : 5)) },
			{ ...axis, size: 58, splits: (_u, _axis, min, max) => decades(min, max), values: (_, millis) => millis.map(tick) }
		],
		series: [{}, ...locks.map((lock) => {
			const number = seriesNumber(lock);
			const stroke = colour(`--series-${number}`);
			return { label: lock, stroke, width: 2, dash: DASHES[number - 1], points: { show: true, size: 6, fill: stroke } };
		})]
	}, [[], ...locks.map(() => [])], node);
}

function draw(id, slots, locks, values) {
	const named = locks.join('\n');
	let chart = charts.get(id);
	if (!chart || chart.named !== named) {
		chart?.plot.destroy();
		chart = { named, plot: createChart(id, locks) };
		charts.set(id, chart);
	}
	// A logarithmic axis has no zero
	chart.plot.setData([slots.map((slot) => slot / 1000),
		...locks.map((lock) => values(lock).map((value) => (value === null ? null : Math.max(value, 0.1))))]);
}

const resizing = new ResizeObserver((changes) => changes.forEach(({ target }) =>
	charts.get(target.id)?.plot.setSize({ width: target.clientWidth, height: target.clientHeight })));
resizing.observe(byId('waits-chart'));
resizing.observe(byId('holds-chart'));

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
	// Canvases don't follow style sheets; the next answer draws new ones
	charts.forEach(({ plot }) => plot.destroy());
	charts.clear();
});

// --- buttons ---

async function start(form) {
	const result = byId('result');
	const body = {};
	new FormData(form).forEach((value, name) => {
		body[name] = form.elements[name].type === 'number' ? Number(value) : value;
	});
	try {
		const response = await fetch(form.dataset.action, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(5000)
		});
		const answer = await response.json();
		setAttribute(result, 'data-kind', response.ok ? 'good' : 'bad');
		setText(result, response.ok ? `${time(Date.now())}: ${answer.instance} has started it.`
			: answer.detail ?? `${instance} could not start it (status ${response.status}). Its log says why.`);
	}
	catch {
		setAttribute(result, 'data-kind', 'bad');
		setText(result, `${instance} did not answer. It is not known whether it has started that.`);
	}
}

document.querySelectorAll('form').forEach((form) => form.addEventListener('submit', (event) => {
	event.preventDefault();
	if (form.querySelector('button').getAttribute('aria-disabled') !== 'true') {
		start(form);
	}
}));

document.addEventListener('visibilitychange', () => {
	if (silentSince === null) {
		askingSince = Date.now();
	}
	showConnection();
});
setInterval(showConnection, 500);
askAgainAndAgain(() => 'api/locks', POLL_LOCKS, showLocks);
askAgainAndAgain(() => `api/activity${latestInterval ? `?since=${latestInterval}` : ''}`, POLL_ACTIVITY, showActivity);
