CREATE TABLE call_statuses (
	call_sid VARCHAR(64) NOT NULL, 
	status VARCHAR(32) NOT NULL, 
	duration_s INTEGER, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (call_sid, status)
);
CREATE INDEX ix_call_statuses_at ON call_statuses (at);
CREATE TABLE closures (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	starts DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	reason TEXT NOT NULL, 
	added_at DATETIME NOT NULL, 
	ended_at DATETIME
);
CREATE INDEX ix_closures_until ON closures (until);
CREATE TABLE events (
	call_sid VARCHAR(64) NOT NULL, 
	turn INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	step VARCHAR(200) NOT NULL, 
	kind VARCHAR(200) NOT NULL, 
	outcome VARCHAR(200) NOT NULL, 
	input VARCHAR(64) NOT NULL, 
	label VARCHAR(200) NOT NULL, 
	ms FLOAT NOT NULL, 
	flow VARCHAR(200) NOT NULL, 
	release VARCHAR(64) NOT NULL, 
	caller VARCHAR(64) NOT NULL, 
	PRIMARY KEY (call_sid, turn, place)
);
CREATE INDEX events_in_time ON events (at);
CREATE TABLE releases (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR(64) NOT NULL, 
	bundle BLOB NOT NULL, 
	bundle_sha256 VARCHAR(64) NOT NULL, 
	note TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	UNIQUE (name)
);
CREATE TABLE unconfirmed_entries (
	call_sid VARCHAR(64) NOT NULL, 
	turn INTEGER NOT NULL, 
	caller_hash VARCHAR(64) NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (call_sid, turn)
);
CREATE INDEX ix_unconfirmed_entries_at ON unconfirmed_entries (at);
CREATE INDEX unconfirmed_by_caller ON unconfirmed_entries (caller_hash, at);
CREATE TABLE live_releases (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	number INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	note TEXT NOT NULL, 
	FOREIGN KEY(number) REFERENCES releases (number)
);
CREATE TABLE broker_imports (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	file VARCHAR(500) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	rows INTEGER NOT NULL, 
	added INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	unchanged INTEGER NOT NULL, 
	removed INTEGER NOT NULL, 
	skipped INTEGER NOT NULL
);
CREATE TABLE brokers (
	npn VARCHAR(10) NOT NULL, 
	first_name VARCHAR(100) NOT NULL, 
	last_name VARCHAR(100) NOT NULL, 
	certified_from DATE, 
	certified_through DATE, 
	training_completed_on DATE, 
	license_active BOOLEAN NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	agency VARCHAR(200) NOT NULL, 
	PRIMARY KEY (npn)
);
INSERT INTO closures VALUES (1, '2026-11-24 18:00:00.000000', '2026-11-24 21:00:00.000000', 'ice', '2026-11-24 18:00:00.000000', NULL)
