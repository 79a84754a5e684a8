BEGIN TRANSACTION;
CREATE TABLE api_keys (
	key_id VARCHAR(64) NOT NULL, 
	name TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	hint VARCHAR(16) NOT NULL, 
	bootstrap BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	PRIMARY KEY (key_id), 
	UNIQUE (digest)
);
INSERT INTO "api_keys" VALUES('key_8b97e225d8fe5f38','from SEEDBED_API_KEYS','8b97e225d8fe5f3858ff382aaaa638c9dff06f89d30e2b3694a9901e89f6a3a1','the-test',1,'2026-11-24 17:56:58.191834',NULL);
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('4b45574d-e475-4117-be0c-f123a0ed7699','1',1795543018000,1795543018000,'seedbed');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('fb57a9fd-5b41-423d-8376-166621533b99',1,'attempt','{"image":{"path":"fb/result_SEEDREAM_V4_fb57a9fd-5b41-423d-8376-166621533b99_0.jpeg","size":{"width":64,"height":64},"model":"noop","model_digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","ignored_words":[]},"failure":null,"retry_after":null}',NULL,NULL,1795543020098,1795543020165,'portable_json','seedbed',1795543020000);
INSERT INTO "operation_outputs" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_in_progress.1',1,'attempt','["superseded",null,null]',NULL,NULL,1795543020249,1795543020319,'portable_json','seedbed',1795543020000);
INSERT INTO "operation_outputs" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.1',1,'precede','null',NULL,NULL,1795543020237,1795543020426,'portable_json','seedbed',1795543020000);
INSERT INTO "operation_outputs" VALUES('05ac4358-ff2b-47a5-8cfd-c42142fe6638',1,'attempt','{"image":null,"failure":"the prompt asked for a failure","retry_after":null}',NULL,NULL,1795543020396,1795543020473,'portable_json','seedbed',1795543020000);
INSERT INTO "operation_outputs" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.1',2,'attempt','["failed: ClientConnectorDNSError: Cannot connect to host receiver.example:443 ssl:default [Name or service not known]",14.106837689356594,null]',NULL,NULL,1795543020427,1795543020476,'portable_json','seedbed',1795543020000);
INSERT INTO "operation_outputs" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.1',3,'deliver',NULL,NULL,'msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.2.prompt',1795543020482,1795543020483,NULL,'seedbed',1795543020000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
INSERT INTO "queues" VALUES('8861231C901473F1319647123B73A960','generation',NULL,16,NULL,NULL,1,0,0.25,1795543018000,1795543018454,'seedbed',NULL,NULL,NULL,NULL);
INSERT INTO "queues" VALUES('42BDB888C7A9B397A76ECAFB0393582C','webhooks-prompt',NULL,64,NULL,NULL,1,1,0.25,1795543018000,1795543018460,'seedbed',NULL,4,NULL,NULL);
INSERT INTO "queues" VALUES('2A9F7385AB7C04AEEFBC2C46F66F5C96','webhooks-slow',NULL,32,NULL,NULL,1,1,0.25,1795543018000,1795543018463,'seedbed',NULL,8,NULL,NULL);
INSERT INTO "queues" VALUES('F939955E885AE1D08F47D045DE7C21B8','webhooks',NULL,64,NULL,NULL,1,1,0.25,1795543018000,1795543018464,'seedbed',NULL,2,NULL,NULL);
CREATE TABLE schema_version (
	version INTEGER NOT NULL
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE secrets (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(128) NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "secrets" VALUES('links','360b1189d63aa601cac69a40ae5b348c1a709edfb499feaf98f833e30ccb6ddd');
INSERT INTO "secrets" VALUES('webhook','43f1d37a8c532faf57f07a782ac6b02cc73ab91a9bb95545c95e9afaacecd283');
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE tasks (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task_id VARCHAR(36) NOT NULL, 
	key_id VARCHAR(64) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	prompt TEXT NOT NULL, 
	aspect_ratio VARCHAR(32) NOT NULL, 
	guidance_scale DOUBLE NOT NULL, 
	seed BIGINT NOT NULL, 
	webhook_url TEXT, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	step INTEGER NOT NULL, 
	num_inference_steps INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	last_failure TEXT, 
	cancel_requested BOOLEAN DEFAULT 0 NOT NULL, 
	image_path TEXT, 
	image_width INTEGER, 
	image_height INTEGER, 
	model TEXT, 
	model_digest VARCHAR(64), 
	ignored_words JSON, 
	error TEXT, 
	idempotency_key TEXT, 
	idempotency_body VARCHAR(64), 
	UNIQUE (key_id, idempotency_key), 
	UNIQUE (task_id)
);
INSERT INTO "tasks" VALUES(1,'fb57a9fd-5b41-423d-8376-166621533b99','key_8b97e225d8fe5f38','COMPLETED','drawn by the first version','square_1_1',2.5,1,'https://receiver.example/hook','2026-11-24 17:56:59.778590','2026-11-24 17:57:00.102727','2026-11-24 17:57:00.172563',4,4,1,NULL,0,'fb/result_SEEDREAM_V4_fb57a9fd-5b41-423d-8376-166621533b99_0.jpeg',64,64,'noop','e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855','[]',NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(2,'05ac4358-ff2b-47a5-8cfd-c42142fe6638','key_8b97e225d8fe5f38','FAILED','fail now','square_1_1',2.5,2,NULL,'2026-11-24 17:57:00.222926','2026-11-24 17:57:00.398706','2026-11-24 17:57:00.476527',0,0,1,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,'the prompt asked for a failure',NULL,NULL);
INSERT INTO "tasks" VALUES(3,'c0df9b64-20a0-4d43-b3b5-200d2448946d','key_8b97e225d8fe5f38','IN_PROGRESS','slow 1','square_1_1',2.5,3,NULL,'2026-11-24 17:57:00.490229','2026-11-24 17:57:00.640795',NULL,0,0,1,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(4,'0d734a1b-2ffe-4f48-9ab5-c401cffbfad2','key_8b97e225d8fe5f38','CREATED','waiting for the next version','widescreen_16_9',2.5,4,NULL,'2026-11-24 17:57:00.712160',NULL,NULL,0,0,0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('fb57a9fd-5b41-423d-8376-166621533b99','{"namedArgs":{},"positionalArgs":["fb57a9fd-5b41-423d-8376-166621533b99"]}',1795543019000);
INSERT INTO "workflow_input" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_in_progress.1','{"namedArgs":{},"positionalArgs":["fb57a9fd-5b41-423d-8376-166621533b99","IN_PROGRESS","https://receiver.example",1,"unproven"]}',1795543020000);
INSERT INTO "workflow_input" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.1','{"namedArgs":{},"positionalArgs":["fb57a9fd-5b41-423d-8376-166621533b99","COMPLETED","https://receiver.example",1,"unproven"]}',1795543020000);
INSERT INTO "workflow_input" VALUES('05ac4358-ff2b-47a5-8cfd-c42142fe6638','{"namedArgs":{},"positionalArgs":["05ac4358-ff2b-47a5-8cfd-c42142fe6638"]}',1795543020000);
INSERT INTO "workflow_input" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.2.prompt','{"namedArgs":{},"positionalArgs":["fb57a9fd-5b41-423d-8376-166621533b99","COMPLETED","https://receiver.example",2,"prompt"]}',1795543020000);
INSERT INTO "workflow_input" VALUES('c0df9b64-20a0-4d43-b3b5-200d2448946d','{"namedArgs":{},"positionalArgs":["c0df9b64-20a0-4d43-b3b5-200d2448946d"]}',1795543020000);
INSERT INTO "workflow_input" VALUES('0d734a1b-2ffe-4f48-9ab5-c401cffbfad2','{"namedArgs":{},"positionalArgs":["0d734a1b-2ffe-4f48-9ab5-c401cffbfad2"]}',1795543020000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('fb57a9fd-5b41-423d-8376-166621533b99','null',NULL,1795543020000);
INSERT INTO "workflow_output" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_in_progress.1','"superseded"',NULL,1795543020000);
INSERT INTO "workflow_output" VALUES('05ac4358-ff2b-47a5-8cfd-c42142fe6638','null',NULL,1795543020000);
INSERT INTO "workflow_output" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.1','"failed: ClientConnectorDNSError: Cannot connect to host receiver.example:443 ssl:default [Name or service not known]"',NULL,1795543020000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('fb57a9fd-5b41-423d-8376-166621533b99','SUCCESS','generate',NULL,NULL,NULL,NULL,NULL,NULL,'server',1795543019000,1795543020000,'1',NULL,NULL,NULL,1,'generation',NULL,NULL,NULL,1795543020000,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795543020000,'null',NULL,NULL,0,'seedbed','e0332ce7-92fa-4774-a597-c7a7d83ec813');
INSERT INTO "workflow_status" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_in_progress.1','SUCCESS','deliver',NULL,NULL,NULL,NULL,NULL,NULL,'server',1795543020000,1795543020000,'1',NULL,NULL,NULL,1,'webhooks',NULL,NULL,NULL,1795543020000,NULL,0,'https://receiver.example',NULL,NULL,NULL,'portable_json',NULL,0,0,1795543020000,'null',NULL,NULL,0,'seedbed','d8a3900d-1f04-4174-bd4b-8217059892e6');
INSERT INTO "workflow_status" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.1','SUCCESS','deliver',NULL,NULL,NULL,NULL,NULL,NULL,'server',1795543020000,1795543020000,'1',NULL,NULL,NULL,1,'webhooks',NULL,NULL,NULL,1795543020000,NULL,0,'https://receiver.example',NULL,NULL,NULL,'portable_json',NULL,0,0,1795543020000,'null',NULL,NULL,0,'seedbed','b0b823e0-2788-47e7-9e25-b6c7498806cd');
INSERT INTO "workflow_status" VALUES('05ac4358-ff2b-47a5-8cfd-c42142fe6638','SUCCESS','generate',NULL,NULL,NULL,NULL,NULL,NULL,'server',1795543020000,1795543020000,'1',NULL,NULL,NULL,1,'generation',NULL,NULL,NULL,1795543020000,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795543020000,'null',NULL,NULL,0,'seedbed','816b0351-58b4-4b2c-bf14-d0b835c03e03');
INSERT INTO "workflow_status" VALUES('msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.2.prompt','DELAYED','deliver',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795543020000,1795543020000,NULL,'',NULL,NULL,0,'webhooks-prompt',NULL,NULL,NULL,NULL,NULL,0,'https://receiver.example',NULL,NULL,'msg_fb57a9fd-5b41-423d-8376-166621533b99_completed.1','portable_json',1795543034588,0,0,NULL,'null',NULL,NULL,0,'seedbed','6f51c1ee-c725-4408-a979-75f3f8bb0460');
INSERT INTO "workflow_status" VALUES('c0df9b64-20a0-4d43-b3b5-200d2448946d','PENDING','generate',NULL,NULL,NULL,NULL,NULL,NULL,'server',1795543020000,1795543020000,'1',NULL,NULL,NULL,1,'generation',NULL,NULL,NULL,1795543020000,NULL,0,NULL,NULL,'d3969ade-6051-4106-9822-26f101f8087b',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'seedbed','1bddc123-7828-487f-8a91-1d41dcc658a6');
INSERT INTO "workflow_status" VALUES('0d734a1b-2ffe-4f48-9ab5-c401cffbfad2','ENQUEUED','generate',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795543020000,1795543020000,'1',NULL,NULL,NULL,0,'generation',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'seedbed','8ad13303-1615-4c9a-b80e-77b4a7846534');
CREATE INDEX tasks_by_key ON tasks (key_id, sequence);
CREATE INDEX tasks_by_status ON tasks (status, sequence);
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tasks',4);
COMMIT;
