CREATE TABLE accounts (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    password_hash character varying(255) NOT NULL,
    role character varying(20) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    session_key character varying(43) NOT NULL,
    disabled_at timestamp with time zone,
    link_hash character varying(64),
    link_until timestamp with time zone
);

CREATE SEQUENCE accounts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE accounts_id_seq OWNED BY accounts.id;

CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE callout_decisions (
    id integer NOT NULL,
    subdomain character varying(100) NOT NULL,
    incident_id character varying(40) NOT NULL,
    user_id character varying(40) NOT NULL,
    pay boolean,
    reason character varying(500) NOT NULL,
    start timestamp with time zone,
    "end" timestamp with time zone,
    decided_by character varying(254) NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    attested json NOT NULL
);

CREATE SEQUENCE callout_decisions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE callout_decisions_id_seq OWNED BY callout_decisions.id;

CREATE TABLE connections (
    id integer NOT NULL,
    account_id integer NOT NULL,
    kind character varying(10) NOT NULL,
    region character varying(10) NOT NULL,
    subdomain character varying(100) NOT NULL,
    user_id character varying(40),
    user_name character varying(200),
    user_role character varying(40),
    secret character varying(8000) NOT NULL,
    last_four character varying(4),
    connected_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    problem character varying(500),
    lease_key character varying(43),
    lease_until timestamp with time zone,
    app character varying(220),
    scopes character varying(500),
    delegation_id character varying(100),
    shared boolean
);

CREATE SEQUENCE connections_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE connections_id_seq OWNED BY connections.id;

CREATE TABLE engineer_facts (
    id integer NOT NULL,
    engineer_id integer NOT NULL,
    what character varying(60) NOT NULL,
    since date NOT NULL,
    value character varying(200) NOT NULL,
    saved_at timestamp with time zone,
    saved_by character varying(254) NOT NULL
);

CREATE SEQUENCE engineer_facts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE engineer_facts_id_seq OWNED BY engineer_facts.id;

CREATE TABLE engineer_settings (
    id integer NOT NULL,
    subdomain character varying(100) NOT NULL,
    user_id character varying(40) NOT NULL,
    name character varying(200) NOT NULL,
    email character varying(254),
    payroll_number character varying(40) NOT NULL
);

CREATE SEQUENCE engineer_settings_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE engineer_settings_id_seq OWNED BY engineer_settings.id;

CREATE TABLE pagerduty_app (
    id integer NOT NULL,
    kind character varying(10) NOT NULL,
    client_id character varying(200) NOT NULL,
    client_secret character varying(2000) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by character varying(254) NOT NULL
);

CREATE TABLE payroll_codes (
    id integer NOT NULL,
    policy character varying(200) NOT NULL,
    is_rule boolean NOT NULL,
    name character varying(300) NOT NULL,
    code character varying(40) NOT NULL
);

CREATE SEQUENCE payroll_codes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE payroll_codes_id_seq OWNED BY payroll_codes.id;

CREATE TABLE payroll_layouts (
    id integer NOT NULL,
    settings json NOT NULL,
    saved_by character varying(254) NOT NULL,
    saved_at timestamp with time zone NOT NULL
);

CREATE TABLE policy_versions (
    version integer NOT NULL,
    settings json NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    saved_by character varying(254) NOT NULL,
    name character varying(200) NOT NULL,
    text text,
    effective date,
    note character varying(500) NOT NULL
);

CREATE TABLE report_amendments (
    id integer NOT NULL,
    report_id character varying(19) NOT NULL,
    amended_by character varying(19) NOT NULL,
    number integer NOT NULL,
    previous character varying(19) NOT NULL,
    first date NOT NULL,
    last date NOT NULL,
    made_by character varying(254) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    dropped_by character varying(254),
    dropped_at timestamp with time zone
);

CREATE SEQUENCE report_amendments_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE report_amendments_id_seq OWNED BY report_amendments.id;

CREATE TABLE seen_reports (
    id character varying(22) NOT NULL,
    region character varying(10) NOT NULL,
    subdomain character varying(100) NOT NULL,
    scope_kind character varying(20) NOT NULL,
    scope_id character varying(40) NOT NULL,
    also json NOT NULL,
    first date NOT NULL,
    last date NOT NULL,
    policy_label character varying(300) NOT NULL,
    digest character varying(64) NOT NULL,
    engineers json NOT NULL,
    seen_by character varying(254) NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    reviewed boolean NOT NULL
);

ALTER TABLE ONLY accounts ALTER COLUMN id SET DEFAULT nextval('accounts_id_seq'::regclass);

ALTER TABLE ONLY callout_decisions ALTER COLUMN id SET DEFAULT nextval('callout_decisions_id_seq'::regclass);

ALTER TABLE ONLY connections ALTER COLUMN id SET DEFAULT nextval('connections_id_seq'::regclass);

ALTER TABLE ONLY engineer_facts ALTER COLUMN id SET DEFAULT nextval('engineer_facts_id_seq'::regclass);

ALTER TABLE ONLY engineer_settings ALTER COLUMN id SET DEFAULT nextval('engineer_settings_id_seq'::regclass);

ALTER TABLE ONLY payroll_codes ALTER COLUMN id SET DEFAULT nextval('payroll_codes_id_seq'::regclass);

ALTER TABLE ONLY report_amendments ALTER COLUMN id SET DEFAULT nextval('report_amendments_id_seq'::regclass);

INSERT INTO accounts (id, email, password_hash, role, created_at, session_key, disabled_at, link_hash, link_until) VALUES (1, 'ada@example.com', '$argon2id$v=19$m=65536,t=3,p=4$rp6foHK+UNBG7oXRjdtHdQ$oKvH7cEg36eEEfsFesyV+dEUJa86d1s1By7dz2uDExY', 'admin', '2026-11-20 09:30:00+00', 'Xb9V8cHfsCbDMaZjPSfl1b2IXKwErUsmvMaLnzihrdY', NULL, NULL, NULL);
INSERT INTO accounts (id, email, password_hash, role, created_at, session_key, disabled_at, link_hash, link_until) VALUES (2, 'max@example.com', '$argon2id$v=19$m=65536,t=3,p=4$kgDhn/crvNV5N/tgyV8Agw$Znl4BRHiAZA08rtJJqyiY84KGMTNNdHhSLjl3C3pMSY', 'manager', '2026-11-20 09:30:00+00', 'PZ6_xLKAg4DKhZ3QkBYp9zkxtJrYcxQVkxEjdHGdNBA', '2026-11-20 09:30:00+00', NULL, NULL);
INSERT INTO accounts (id, email, password_hash, role, created_at, session_key, disabled_at, link_hash, link_until) VALUES (3, 'vi@example.com', '', 'viewer', '2026-11-20 09:30:00+00', 'j1hksv1To1Gm6Rx97ZCSLZN_LBJRaDymkJQ-OBRoj1Q', NULL, 'abababababababababababababababababababababababababababababababab', '2026-11-22 09:30:00+00');

INSERT INTO alembic_version (version_num) VALUES ('0004');

INSERT INTO callout_decisions (id, subdomain, incident_id, user_id, pay, reason, start, "end", decided_by, decided_at, attested) VALUES (1, 'acme', 'Q1', 'PADA', true, 'Phoned', '2026-10-03 01:00:00+00', '2026-10-03 02:30:00+00', 'max@example.com', '2026-11-20 09:30:00+00', '{}');
INSERT INTO callout_decisions (id, subdomain, incident_id, user_id, pay, reason, start, "end", decided_by, decided_at, attested) VALUES (2, 'acme', 'Q2', 'PBO', false, 'A test', NULL, NULL, 'max@example.com', '2026-11-20 09:30:00+00', '{}');
INSERT INTO callout_decisions (id, subdomain, incident_id, user_id, pay, reason, start, "end", decided_by, decided_at, attested) VALUES (3, 'acme', 'Q3', 'PADA', NULL, 'Woken', NULL, NULL, 'max@example.com', '2026-11-20 09:30:00+00', '{"woken": "true"}');

INSERT INTO connections (id, account_id, kind, region, subdomain, user_id, user_name, user_role, secret, last_four, connected_at, expires_at, problem, lease_key, lease_until, app, scopes, delegation_id, shared) VALUES (1, 1, 'oauth', 'us', 'acme', 'PADA', 'Ada Example', 'admin', 'gAAAAAB-made-up', NULL, '2026-11-20 09:30:00+00', '2026-11-30 09:30:00+00', NULL, NULL, NULL, 'classic:abc', 'read', 'D1', true);
INSERT INTO connections (id, account_id, kind, region, subdomain, user_id, user_name, user_role, secret, last_four, connected_at, expires_at, problem, lease_key, lease_until, app, scopes, delegation_id, shared) VALUES (2, 2, 'api_key', 'eu', 'zürich', NULL, NULL, NULL, 'gAAAAAB-other', 'wxyz', '2026-11-20 09:30:00+00', NULL, 'refused', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (1, 1, 'hourly rate', '0001-01-01', '31.35', '2026-11-20 09:30:00+00', 'max@example.com');
INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (2, 1, 'hourly rate', '2026-07-01', '33.00', '2026-11-20 09:30:00+00', 'max@example.com');
INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (3, 1, 'holiday region', '0001-01-01', 'GB-SCT', '2026-11-20 09:30:00+00', 'max@example.com');
INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (4, 1, 'holiday region', '2026-10-01', 'GB', '2026-11-20 09:30:00+00', 'max@example.com');
INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (5, 1, 'working hours', '0001-01-01', 'Mon, Tue, Thu 08:30-16:00', '2026-11-20 09:30:00+00', 'max@example.com');
INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (6, 1, 'grade', '2026-01-01', 'senior', '2026-11-20 09:30:00+00', 'max@example.com');
INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (7, 2, 'time zone', '0001-01-01', 'Europe/Berlin', '2026-11-20 09:30:00+00', 'max@example.com');
INSERT INTO engineer_facts (id, engineer_id, what, since, value, saved_at, saved_by) VALUES (8, 3, 'union', '0001-01-01', 'yes', '2026-11-20 09:30:00+00', 'max@example.com');

INSERT INTO engineer_settings (id, subdomain, user_id, name, email, payroll_number) VALUES (1, 'acme', 'PADA', 'Ada Example', 'ada@example.com', '000123');
INSERT INTO engineer_settings (id, subdomain, user_id, name, email, payroll_number) VALUES (2, 'acme', 'PBO', 'Bo Müller', 'bo@example.com', '000123');
INSERT INTO engineer_settings (id, subdomain, user_id, name, email, payroll_number) VALUES (3, 'acme', 'PCY', 'Cy = Nobody', NULL, '=1+1');
INSERT INTO engineer_settings (id, subdomain, user_id, name, email, payroll_number) VALUES (4, 'zürich', 'PADA', 'Ada Example', NULL, '9');

INSERT INTO pagerduty_app (id, kind, client_id, client_secret, changed_at, changed_by) VALUES (1, 'classic', 'abc', 'gAAAAAB-third', '2026-11-20 09:30:00+00', 'ada@example.com');

INSERT INTO payroll_codes (id, policy, is_rule, name, code) VALUES (1, 'Standard policy', false, 'stipend', '100');
INSERT INTO payroll_codes (id, policy, is_rule, name, code) VALUES (2, 'Standard policy', false, 'fee', '200');
INSERT INTO payroll_codes (id, policy, is_rule, name, code) VALUES (3, 'Standard policy', true, 'Rota', '300');

INSERT INTO payroll_layouts (id, settings, saved_by, saved_at) VALUES (1, '{"columns": ["Payroll number", "Code", "Quantity", "Rate", "Amount", "Date"], "headings": {}, "delimiter": "comma", "decimal": "point", "dates": "2026-10-03", "header": true, "mark": false, "together": false}', 'ada@example.com', '2026-11-20 09:30:00+00');

INSERT INTO policy_versions (version, settings, saved_at, saved_by, name, text, effective, note) VALUES (1, '{"currency": "GBP", "levels": {"1": ["20", "35", "50"]}, "schedules_left_out": [], "callout_fee": "45", "fee_for_each_callout": false, "fees_a_day": null, "hourly_rate": "31.35", "minimum_minutes": 60, "step_minutes": 15, "merge_minutes": 0, "longest_spell_hours": 12, "business_hours": {"start": "09:00", "end": "17:30", "days": [1, 2, 3, 4, 5]}, "stipend_in_business_hours": false, "stipend_date": "end of date", "stipend_hours": "6", "shortest_piece_hours": "6", "holiday_region": "GB", "substitute_days": "by country", "pay_zone": null, "evidence": "acknowledged", "longest_lead_minutes": 15, "high_urgency_only": false, "pay_not_on_call": false, "callouts_at_paid_levels_only": false}', '2026-11-20 09:30:00+00', 'ada@example.com', 'Standard policy', NULL, NULL, '');
INSERT INTO policy_versions (version, settings, saved_at, saved_by, name, text, effective, note) VALUES (2, '{"evidence": "acknowledged", "longest_lead_minutes": 15}', '2026-11-20 09:30:00+00', 'max@example.com', 'Ops', 'name = "Ops"
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
', '2026-11-01', 'By hours, “zum Test”');

INSERT INTO report_amendments (id, report_id, amended_by, number, previous, first, last, made_by, made_at, dropped_by, dropped_at) VALUES (1, 'R1', 'R2', 1, '', '2026-11-01', '2026-11-30', 'max@example.com', '2026-11-20 09:30:00+00', 'ada@example.com', '2026-11-20 09:30:00+00');

INSERT INTO seen_reports (id, region, subdomain, scope_kind, scope_id, also, first, last, policy_label, digest, engineers, seen_by, seen_at, reviewed) VALUES ('AAAAAAAAAAAAAAAAAAAAAA', 'us', 'acme', 'team', 'PTEAM', '["PCY"]', '2026-10-01', '2026-10-31', 'Standard policy version 1', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', '{"PADA": "x1"}', 'max@example.com', '2026-11-20 09:30:00+00', true);

SELECT pg_catalog.setval('accounts_id_seq', 3, true);

SELECT pg_catalog.setval('callout_decisions_id_seq', 3, true);

SELECT pg_catalog.setval('connections_id_seq', 2, true);

SELECT pg_catalog.setval('engineer_facts_id_seq', 8, true);

SELECT pg_catalog.setval('engineer_settings_id_seq', 4, true);

SELECT pg_catalog.setval('payroll_codes_id_seq', 3, true);

SELECT pg_catalog.setval('report_amendments_id_seq', 1, true);

ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);

ALTER TABLE ONLY callout_decisions
    ADD CONSTRAINT pk_callout_decisions PRIMARY KEY (id);

ALTER TABLE ONLY connections
    ADD CONSTRAINT pk_connections PRIMARY KEY (id);

ALTER TABLE ONLY engineer_facts
    ADD CONSTRAINT pk_engineer_facts PRIMARY KEY (id);

ALTER TABLE ONLY engineer_settings
    ADD CONSTRAINT pk_engineer_settings PRIMARY KEY (id);

ALTER TABLE ONLY pagerduty_app
    ADD CONSTRAINT pk_pagerduty_app PRIMARY KEY (id);

ALTER TABLE ONLY payroll_codes
    ADD CONSTRAINT pk_payroll_codes PRIMARY KEY (id);

ALTER TABLE ONLY payroll_layouts
    ADD CONSTRAINT pk_payroll_layouts PRIMARY KEY (id);

ALTER TABLE ONLY policy_versions
    ADD CONSTRAINT pk_policy_versions PRIMARY KEY (version);

ALTER TABLE ONLY report_amendments
    ADD CONSTRAINT pk_report_amendments PRIMARY KEY (id);

ALTER TABLE ONLY seen_reports
    ADD CONSTRAINT pk_seen_reports PRIMARY KEY (id);

ALTER TABLE ONLY accounts
    ADD CONSTRAINT uq_accounts_email UNIQUE (email);

ALTER TABLE ONLY callout_decisions
    ADD CONSTRAINT uq_callout_decisions_subdomain UNIQUE (subdomain, incident_id, user_id);

ALTER TABLE ONLY connections
    ADD CONSTRAINT uq_connections_account_id UNIQUE (account_id);

ALTER TABLE ONLY engineer_facts
    ADD CONSTRAINT uq_engineer_facts_engineer_id UNIQUE (engineer_id, what, since);

ALTER TABLE ONLY engineer_settings
    ADD CONSTRAINT uq_engineer_settings_subdomain UNIQUE (subdomain, user_id);

ALTER TABLE ONLY payroll_codes
    ADD CONSTRAINT uq_payroll_codes_policy UNIQUE (policy, is_rule, name);

ALTER TABLE ONLY report_amendments
    ADD CONSTRAINT uq_report_amendments_report_id UNIQUE (report_id, amended_by);

CREATE UNIQUE INDEX ix_connections_shared ON connections USING btree (shared);

CREATE INDEX ix_report_amendments_report_id ON report_amendments USING btree (report_id);

ALTER TABLE ONLY connections
    ADD CONSTRAINT fk_connections_account_id_accounts FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY engineer_facts
    ADD CONSTRAINT fk_engineer_facts_engineer_id_engineer_settings FOREIGN KEY (engineer_id) REFERENCES engineer_settings(id) ON DELETE CASCADE;
