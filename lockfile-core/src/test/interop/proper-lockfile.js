/*
 * Does with the lock of npm's proper-lockfile what it is told on its standard input, like neighbour.py:
 *
 *     proper-lockfile.js proper-lockfile PATH [PATIENCE]
 *
 * PATIENCE is the number of seconds after which a lock that nobody renews is stale.
 */
'use strict';

const fs = require('fs');
const os = require('os');
const readline = require('readline');

function load() {
	try {
		return require('proper-lockfile');
	} catch (err) {
		if (err.code !== 'MODULE_NOT_FOUND') {
			throw err;
		}
		console.log('missing', err.message.split('\n')[0]);
		process.exit(0);
	}
}

const lockfile = load();
const [, , , path, patience] = process.argv;
const options = patience ? { stale: 1000 * patience } : {};
const waiting = { forever: true, factor: 1, minTimeout: 1, maxTimeout: 4, randomize: true };

let release;

async function attempt() {
	try {
		release = await lockfile.lock(path, options);
		return true;
	} catch (err) {
		if (err.code !== 'ELOCKED') {
			throw err;
		}
		return false;
	}
}

async function wait() {
	release = await lockfile.lock(path, { ...options, retries: waiting });
}

function sleep(millis) {
	return new Promise((resolve) => setTimeout(resolve, millis));
}

async function loop(count) {
	const intervals = [];
	for (let i = 0; i < count; i++) {
		await wait();
		const entered = process.hrtime.bigint();
		while (process.hrtime.bigint() < entered + 100000n);
		intervals.push(`${entered} ${process.hrtime.bigint()}`);
		await release();
		await sleep(Math.random() * 4);
	}
	return intervals.concat('done');
}

async function answer(line) {
	const words = line.split(' ');
	switch (words[0]) {
		case 'try':
			return [await attempt() ? `held ${process.pid}` : 'refused'];
		case 'acquire':
			await wait();
			return [`held ${process.pid}`];
		case 'release':
			await release();
			return ['released'];
		case 'host':
			return [os.hostname()];
		case 'loop':
			return loop(Number(words[1]));
		default:
			throw new Error(line);
	}
}

async function main() {
	// It resolves the path, so the file that is protected has to exist
	fs.closeSync(fs.openSync(path, 'a'));
	console.log('ready', require('proper-lockfile/package.json').version);
	for await (const line of readline.createInterface({ input: process.stdin })) {
		let lines;
		try {
			lines = await answer(line);
		} catch (err) {
			lines = [`failed ${err.code || err.name}: ${err.message}`];
		}
		console.log(lines.join('\n'));
	}
	process.exit(0);
}

main();
