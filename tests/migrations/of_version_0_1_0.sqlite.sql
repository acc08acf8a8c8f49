BEGIN TRANSACTION;
CREATE TABLE accounts (
	id INTEGER NOT NULL, 
	email VARCHAR(254) NOT NULL, 
	password_hash VARCHAR(255) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_at DATETIME NOT NULL, 
	session_key VARCHAR(43) NOT NULL, disabled_at DATETIME, link_hash VARCHAR(64), link_until DATETIME, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT uq_accounts_email UNIQUE (email)
);
INSERT INTO "accounts" VALUES(1,'ada@example.com','$argon2id$v=19$m=65536,t=3,p=4$kENf+/1JZL+zITbyANRjOA$1FwOsEB0HEsjvRcHP2YS2mjpIWzI0SSHe/98TD70dJs','admin','2026-11-20 09:30:00.000000','YAHbtcSmzpOTGhxPkCkBhrEMLBiTemVaDsp4R8U1k6A',NULL,NULL,NULL);
INSERT INTO "accounts" VALUES(2,'max@example.com','$argon2id$v=19$m=65536,t=3,p=4$TaDF8xhnsvOLi5qCDE61SA$d/g18XP6FG7/o5L2tOQ/vSii8q6xJzCoIXoQYPMhYFM','manager','2026-11-20 09:30:00.000000','m4AWPDEu3MWkOpxLhwFeB_3nktFwvt5pI82mi74Yqqc','2026-11-20 09:30:00.000000',NULL,NULL);
INSERT INTO "accounts" VALUES(3,'vi@example.com','','viewer','2026-11-20 09:30:00.000000','ZRszWUTR4t2k4F5vj60LjUyqfxIjQFkYmuMdeVVfhP0',NULL,'abababababababababababababababababababababababababababababababab','2026-11-22 09:30:00.000000');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE "callout_decisions" (
	id INTEGER NOT NULL, 
	subdomain VARCHAR(100) NOT NULL, 
	incident_id VARCHAR(40) NOT NULL, 
	user_id VARCHAR(40) NOT NULL, 
	pay BOOLEAN, 
	reason VARCHAR(500) NOT NULL, 
	start DATETIME, 
	"end" DATETIME, 
	decided_by VARCHAR(254) NOT NULL, 
	decided_at DATETIME NOT NULL, 
	attested JSON NOT NULL, 
	CONSTRAINT pk_callout_decisions PRIMARY KEY (id), 
	CONSTRAINT uq_callout_decisions_subdomain UNIQUE (subdomain, incident_id, user_id)
);
INSERT INTO "callout_decisions" VALUES(1,'acme','Q1','PADA',1,'Phoned','2026-10-03 01:00:00.000000','2026-10-03 02:30:00.000000','max@example.com','2026-11-20 09:30:00.000000','{}');
INSERT INTO "callout_decisions" VALUES(2,'acme','Q2','PBO',0,'A test',NULL,NULL,'max@example.com','2026-11-20 09:30:00.000000','{}');
INSERT INTO "callout_decisions" VALUES(3,'acme','Q3','PADA',NULL,'Woken',NULL,NULL,'max@example.com','2026-11-20 09:30:00.000000','{"woken": "true"}');
CREATE TABLE connections (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	region VARCHAR(10) NOT NULL, 
	subdomain VARCHAR(100) NOT NULL, 
	user_id VARCHAR(40), 
	user_name VARCHAR(200), 
	user_role VARCHAR(40), 
	secret VARCHAR(8000) NOT NULL, 
	last_four VARCHAR(4), 
	connected_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	problem VARCHAR(500), 
	lease_key VARCHAR(43), 
	lease_until DATETIME, app VARCHAR(220), scopes VARCHAR(500), delegation_id VARCHAR(100), shared BOOLEAN, 
	CONSTRAINT pk_connections PRIMARY KEY (id), 
	CONSTRAINT fk_connections_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT uq_connections_account_id UNIQUE (account_id)
);
INSERT INTO "connections" VALUES(1,1,'oauth','us','acme','PADA','Ada Example','admin','gAAAAAB-made-up',NULL,'2026-11-20 09:30:00.000000','2026-11-30 09:30:00.000000',NULL,NULL,NULL,'classic:abc','read','D1',1);
INSERT INTO "connections" VALUES(2,2,'api_key','eu','zürich',NULL,NULL,NULL,'gAAAAAB-other','wxyz','2026-11-20 09:30:00.000000',NULL,'refused',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE engineer_facts (
	id INTEGER NOT NULL, 
	engineer_id INTEGER NOT NULL, 
	what VARCHAR(60) NOT NULL, 
	since DATE NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	saved_at DATETIME, 
	saved_by VARCHAR(254) NOT NULL, 
	CONSTRAINT pk_engineer_facts PRIMARY KEY (id), 
	CONSTRAINT fk_engineer_facts_engineer_id_engineer_settings FOREIGN KEY(engineer_id) REFERENCES engineer_settings (id) ON DELETE CASCADE, 
	CONSTRAINT uq_engineer_facts_engineer_id UNIQUE (engineer_id, what, since)
);
INSERT INTO "engineer_facts" VALUES(1,1,'hourly rate','0001-01-01','31.35','2026-11-20 09:30:00.000000','max@example.com');
INSERT INTO "engineer_facts" VALUES(2,1,'hourly rate','2026-07-01','33.00','2026-11-20 09:30:00.000000','max@example.com');
INSERT INTO "engineer_facts" VALUES(3,1,'holiday region','0001-01-01','GB-SCT','2026-11-20 09:30:00.000000','max@example.com');
INSERT INTO "engineer_facts" VALUES(4,1,'holiday region','2026-10-01','GB','2026-11-20 09:30:00.000000','max@example.com');
INSERT INTO "engineer_facts" VALUES(5,1,'working hours','0001-01-01','Mon, Tue, Thu 08:30-16:00','2026-11-20 09:30:00.000000','max@example.com');
INSERT INTO "engineer_facts" VALUES(6,1,'grade','2026-01-01','senior','2026-11-20 09:30:00.000000','max@example.com');
INSERT INTO "engineer_facts" VALUES(7,2,'time zone','0001-01-01','Europe/Berlin','2026-11-20 09:30:00.000000','max@example.com');
INSERT INTO "engineer_facts" VALUES(8,3,'union','0001-01-01','yes','2026-11-20 09:30:00.000000','max@example.com');
CREATE TABLE "engineer_settings" (
	id INTEGER NOT NULL, 
	subdomain VARCHAR(100) NOT NULL, 
	user_id VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	email VARCHAR(254), 
	payroll_number VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_engineer_settings PRIMARY KEY (id), 
	CONSTRAINT uq_engineer_settings_subdomain UNIQUE (subdomain, user_id)
);
INSERT INTO "engineer_settings" VALUES(1,'acme','PADA','Ada Example','ada@example.com','000123');
INSERT INTO "engineer_settings" VALUES(2,'acme','PBO','Bo Müller','bo@example.com','000123');
INSERT INTO "engineer_settings" VALUES(3,'acme','PCY','Cy = Nobody',NULL,'=1+1');
INSERT INTO "engineer_settings" VALUES(4,'zürich','PADA','Ada Example',NULL,'9');
CREATE TABLE pagerduty_app (
	id INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	client_id VARCHAR(200) NOT NULL, 
	client_secret VARCHAR(2000) NOT NULL, 
	changed_at DATETIME NOT NULL, 
	changed_by VARCHAR(254) NOT NULL, 
	CONSTRAINT pk_pagerduty_app PRIMARY KEY (id)
);
INSERT INTO "pagerduty_app" VALUES(1,'classic','abc','gAAAAAB-third','2026-11-20 09:30:00.000000','ada@example.com');
CREATE TABLE payroll_codes (
	id INTEGER NOT NULL, 
	policy VARCHAR(200) NOT NULL, 
	is_rule BOOLEAN NOT NULL, 
	name VARCHAR(300) NOT NULL, 
	code VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_payroll_codes PRIMARY KEY (id), 
	CONSTRAINT uq_payroll_codes_policy UNIQUE (policy, is_rule, name)
);
INSERT INTO "payroll_codes" VALUES(1,'Standard policy',0,'stipend','100');
INSERT INTO "payroll_codes" VALUES(2,'Standard policy',0,'fee','200');
INSERT INTO "payroll_codes" VALUES(3,'Standard policy',1,'Rota','300');
CREATE TABLE payroll_layouts (
	id INTEGER NOT NULL, 
	settings JSON NOT NULL, 
	saved_by VARCHAR(254) NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_payroll_layouts PRIMARY KEY (id)
);
INSERT INTO "payroll_layouts" VALUES(1,'{"columns": ["Payroll number", "Code", "Quantity", "Rate", "Amount", "Date"], "headings": {}, "delimiter": "comma", "decimal": "point", "dates": "2026-10-03", "header": true, "mark": false, "together": false}','ada@example.com','2026-11-20 09:30:00.000000');
CREATE TABLE "policy_versions" (
	version INTEGER NOT NULL, 
	settings JSON NOT NULL, 
	saved_at DATETIME NOT NULL, 
	saved_by VARCHAR(254) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	text TEXT, 
	effective DATE, 
	note VARCHAR(500) NOT NULL, 
	CONSTRAINT pk_policy_versions PRIMARY KEY (version)
);
INSERT INTO "policy_versions" VALUES(1,'{"currency": "GBP", "levels": {"1": ["20", "35", "50"]}, "schedules_left_out": [], "callout_fee": "45", "fee_for_each_callout": false, "fees_a_day": null, "hourly_rate": "31.35", "minimum_minutes": 60, "step_minutes": 15, "merge_minutes": 0, "longest_spell_hours": 12, "business_hours": {"start": "09:00", "end": "17:30", "days": [1, 2, 3, 4, 5]}, "stipend_in_business_hours": false, "stipend_date": "end of date", "stipend_hours": "6", "shortest_piece_hours": "6", "holiday_region": "GB", "substitute_days": "by country", "pay_zone": null, "evidence": "acknowledged", "longest_lead_minutes": 15, "high_urgency_only": false, "pay_not_on_call": false, "callouts_at_paid_levels_only": false}','2026-11-20 09:30:00.000000','ada@example.com','Standard policy',NULL,NULL,'');
INSERT INTO "policy_versions" VALUES(2,'{"evidence": "acknowledged", "longest_lead_minutes": 15}','2026-11-20 09:30:00.000000','max@example.com','Ops','name = "Ops"
currency = "EUR"
pay_zone = "Europe/Berlin"
holiday_region = "GB"
rounding = "half up"
left_out = [{ sentence = "Rest after a bad night", why = "A manager agrees it with the engineer." }]

[[rules]]
name = "Rota"
pays = "on call"
component = "stipend"
source = ["handbook, page 12"]
says = "Each hour on call on the rota Payments primary earns 1.00 EUR."
when = { rota = "Payments primary" }
count = "hours"
price = "1.00"
','2026-11-01','By hours, “zum Test”');
CREATE TABLE report_amendments (
	id INTEGER NOT NULL, 
	report_id VARCHAR(19) NOT NULL, 
	amended_by VARCHAR(19) NOT NULL, 
	number INTEGER NOT NULL, 
	previous VARCHAR(19) NOT NULL, 
	first DATE NOT NULL, 
	last DATE NOT NULL, 
	made_by VARCHAR(254) NOT NULL, 
	made_at DATETIME NOT NULL, 
	dropped_by VARCHAR(254), 
	dropped_at DATETIME, 
	CONSTRAINT pk_report_amendments PRIMARY KEY (id), 
	CONSTRAINT uq_report_amendments_report_id UNIQUE (report_id, amended_by)
);
INSERT INTO "report_amendments" VALUES(1,'R1','R2',1,'','2026-11-01','2026-11-30','max@example.com','2026-11-20 09:30:00.000000','ada@example.com','2026-11-20 09:30:00.000000');
CREATE TABLE seen_reports (
	id VARCHAR(22) NOT NULL, 
	region VARCHAR(10) NOT NULL, 
	subdomain VARCHAR(100) NOT NULL, 
	scope_kind VARCHAR(20) NOT NULL, 
	scope_id VARCHAR(40) NOT NULL, 
	also JSON NOT NULL, 
	first DATE NOT NULL, 
	last DATE NOT NULL, 
	policy_label VARCHAR(300) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	engineers JSON NOT NULL, 
	seen_by VARCHAR(254) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	reviewed BOOLEAN NOT NULL, 
	CONSTRAINT pk_seen_reports PRIMARY KEY (id)
);
INSERT INTO "seen_reports" VALUES('AAAAAAAAAAAAAAAAAAAAAA','us','acme','team','PTEAM','["PCY"]','2026-10-01','2026-10-31','Standard policy version 1','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','{"PADA": "x1"}','max@example.com','2026-11-20 09:30:00.000000',1);
CREATE UNIQUE INDEX ix_connections_shared ON connections (shared);
CREATE INDEX ix_report_amendments_report_id ON report_amendments (report_id);
COMMIT;
